//! Databases that connection strings and container images name.

use std::collections::BTreeSet;

use bstr::ByteSlice;

/// Schemes of connection strings; a driver after `+` (`postgresql+asyncpg`) and `jdbc:` before it do not matter.
const SCHEMES: [(&str, &str); 23] = [
    ("postgres", "postgresql"),
    ("postgresql", "postgresql"),
    ("postgis", "postgresql"),
    ("mysql", "mysql"),
    ("mysql2", "mysql"),
    ("mariadb", "mariadb"),
    ("mongodb", "mongodb"),
    ("redis", "redis"),
    ("rediss", "redis"),
    ("valkey", "valkey"),
    ("sqlite", "sqlite"),
    ("sqlite3", "sqlite"),
    ("elasticsearch", "elasticsearch"),
    ("cockroachdb", "cockroachdb"),
    ("clickhouse", "clickhouse"),
    ("cassandra", "cassandra"),
    ("couchdb", "couchdb"),
    ("duckdb", "duckdb"),
    ("influxdb", "influxdb"),
    ("mssql", "sqlserver"),
    ("sqlserver", "sqlserver"),
    ("oracle", "oracle"),
    ("neo4j", "neo4j"),
];

/// Images of database servers, by the last part of their name.
const IMAGES: [(&str, &str); 24] = [
    ("postgres", "postgresql"),
    ("postgresql", "postgresql"),
    ("postgis", "postgresql"),
    ("pgvector", "postgresql"),
    ("timescaledb", "postgresql"),
    ("mysql", "mysql"),
    ("mysql-server", "mysql"),
    ("mariadb", "mariadb"),
    ("mongo", "mongodb"),
    ("mongodb", "mongodb"),
    ("redis", "redis"),
    ("redis-stack", "redis"),
    ("valkey", "valkey"),
    ("elasticsearch", "elasticsearch"),
    ("opensearch", "opensearch"),
    ("cockroach", "cockroachdb"),
    ("clickhouse-server", "clickhouse"),
    ("clickhouse", "clickhouse"),
    ("cassandra", "cassandra"),
    ("couchdb", "couchdb"),
    ("influxdb", "influxdb"),
    ("mssql", "sqlserver"),
    ("neo4j", "neo4j"),
    ("memcached", "memcached"),
];

/// The databases that connection strings in a text name, each once, by name.
pub fn found_in(text: &[u8]) -> Vec<String> {
    let mut found = BTreeSet::new();
    for at in text.find_iter("://") {
        let before = text.get(..at).unwrap_or_default();
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-');
        let start = before
            .iter()
            .rposition(|byte| !is_part(*byte))
            .map_or(0, |position| position + 1);
        let word = before.get(start..).unwrap_or_default();
        let scheme = word.split_once_str("+").map_or(word, |(scheme, _)| scheme);
        let after = text.get(at + 3..).unwrap_or_default();
        // `"redis://"` alone is a prefix that code looks for, or the name of a scheme in prose.
        let is_address = after.first().is_some_and(|byte| {
            !byte.is_ascii_whitespace() && !matches!(byte, b'"' | b'\'' | b'`' | b')' | b'|')
        });
        if let Some(name) = lookup(&SCHEMES, scheme).filter(|_| is_address) {
            found.insert(name.to_owned());
        }
    }
    found.into_iter().collect()
}

/// The databases whose images a YAML file names (`image: postgres:16`), each once, by name.
pub fn images(text: &[u8]) -> Vec<String> {
    let found: BTreeSet<_> = text
        .lines()
        .filter_map(|line| {
            let line = line.trim().trim_start_with(|c| c == '-').trim_start();
            let image = line.strip_prefix(b"image:")?.trim();
            let image = image.trim_with(|c| c == '"' || c == '\'');
            let image = image.fields().next()?;
            let last = image.rsplit_str("/").next()?;
            let name = last
                .find_byteset(b":@")
                .map_or(Some(last), |end| last.get(..end))?;
            // `mcr.microsoft.com/mssql/server`
            let name = if name == b"server" {
                image.rsplit_str("/").nth(1)?
            } else {
                name
            };
            lookup(&IMAGES, name).map(str::to_owned)
        })
        .collect();
    found.into_iter().collect()
}

fn lookup(table: &[(&str, &'static str)], word: &[u8]) -> Option<&'static str> {
    table
        .iter()
        .find(|(known, _)| word.eq_ignore_ascii_case(known.as_bytes()))
        .map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_with_drivers_and_prefixes() {
        for (text, expected) in [
            ("DATABASE_URL=postgres://u:p@h/db", &["postgresql"][..]),
            ("url = 'postgresql+asyncpg://h/db'", &["postgresql"]),
            ("spring.datasource.url=jdbc:mysql://${H}/db", &["mysql"]),
            ("mongodb+srv://h, redis://h:6379/0", &["mongodb", "redis"]),
            ("sqlite:///./x.db sqlite:///y.db", &["sqlite"]),
            ("https://mysql.com/postgres", &[]),
            ("notpostgres://x my.postgres://x", &[]),
            ("if url.startswith(\"redis://\")", &[]),
            ("://", &[]),
        ] {
            assert_eq!(found_in(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn images_with_registries_and_tags() {
        for (text, expected) in [
            (
                "services:\n  db:\n    image: postgres:16-alpine\n",
                &["postgresql"][..],
            ),
            (
                "- image: \"docker.elastic.co/elasticsearch/elasticsearch:8.1\" # x",
                &["elasticsearch"],
            ),
            (
                "image: mcr.microsoft.com/mssql/server:2022-latest",
                &["sqlserver"],
            ),
            ("image: redis@sha256:00", &["redis"]),
            (
                "image: ${DB_IMAGE}\nimage: myorg/postgres-backup\n#image: mongo",
                &[],
            ),
            ("image:", &[]),
        ] {
            assert_eq!(images(text.as_bytes()), expected, "{text}");
        }
    }
}
