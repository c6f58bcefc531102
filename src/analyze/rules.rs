//! What a dependency says about a project: data, one line a technology.
//!
//! A pattern is a package's whole name, so that `pg` is not in `jpgs`; one `*` in it stands for anything. A Go module
//! stands for its major versions and packages too, and `package[feature]` asks for an optional part of the package.

use serde::Serialize;

use super::manifest::{Ecosystem, Requirement};
use Ecosystem::{Cargo, Composer, Gem, Golang, Maven, Npm, Pypi};
use Group::{Build, Other, Testing, Web};

/// Where a framework is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// Serves or shows pages and interfaces.
    Web,
    /// Tests.
    Testing,
    /// Builds and bundles.
    Build,
    /// Everything else worth knowing.
    Other,
}

/// A technology and the packages that give it away.
#[derive(Debug)]
pub struct Rule<K: 'static> {
    /// The name reported.
    pub name: &'static str,
    /// What kind it is.
    pub kind: K,
    packages: &'static [(Ecosystem, &'static str)],
}

impl<K> Rule<K> {
    /// Whether a dependency gives it away.
    pub fn matches(&self, ecosystem: Ecosystem, requirement: &Requirement) -> bool {
        self.packages
            .iter()
            .any(|(known, pattern)| *known == ecosystem && fits(pattern, ecosystem, requirement))
    }
}

fn fits(pattern: &str, ecosystem: Ecosystem, requirement: &Requirement) -> bool {
    let name = requirement.name.as_str();
    if let Some((prefix, suffix)) = pattern.split_once('*') {
        return name
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.ends_with(suffix));
    }
    if let Some((package, feature)) = pattern.strip_suffix(']').and_then(|p| p.split_once('[')) {
        return name == package && requirement.features.iter().any(|found| found == feature);
    }
    name.strip_prefix(pattern)
        .is_some_and(|rest| rest.is_empty() || ecosystem == Golang && rest.starts_with('/'))
}

const fn rule<K: Copy>(
    name: &'static str,
    kind: K,
    packages: &'static [(Ecosystem, &'static str)],
) -> Rule<K> {
    Rule {
        name,
        kind,
        packages,
    }
}

/// Frameworks, test runners and build tools. The first of each group are those of the first MIRA analyser.
pub static FRAMEWORKS: &[Rule<Group>] = &[
    rule("react", Web, &[(Npm, "react")]),
    rule("vue", Web, &[(Npm, "vue")]),
    rule("angular", Web, &[(Npm, "@angular/core"), (Npm, "angular")]),
    rule("express", Web, &[(Npm, "express")]),
    rule("next", Web, &[(Npm, "next")]),
    rule("nuxt", Web, &[(Npm, "nuxt")]),
    rule("django", Web, &[(Pypi, "django")]),
    rule("flask", Web, &[(Pypi, "flask")]),
    rule("fastapi", Web, &[(Pypi, "fastapi")]),
    rule("tornado", Web, &[(Pypi, "tornado")]),
    rule("aiohttp", Web, &[(Pypi, "aiohttp")]),
    rule("astro", Web, &[(Npm, "astro")]),
    rule("actix-web", Web, &[(Cargo, "actix-web")]),
    rule("axum", Web, &[(Cargo, "axum")]),
    rule("chi", Web, &[(Golang, "github.com/go-chi/chi")]),
    rule(
        "django-rest-framework",
        Web,
        &[(Pypi, "djangorestframework")],
    ),
    rule("echo", Web, &[(Golang, "github.com/labstack/echo")]),
    rule("fastify", Web, &[(Npm, "fastify")]),
    rule("fiber", Web, &[(Golang, "github.com/gofiber/fiber")]),
    rule("gin", Web, &[(Golang, "github.com/gin-gonic/gin")]),
    rule("hono", Web, &[(Npm, "hono")]),
    rule("koa", Web, &[(Npm, "koa")]),
    rule("laravel", Web, &[(Composer, "laravel/framework")]),
    rule("micronaut", Web, &[(Maven, "io.micronaut:*")]),
    rule("nestjs", Web, &[(Npm, "@nestjs/core")]),
    rule("preact", Web, &[(Npm, "preact")]),
    rule("quarkus", Web, &[(Maven, "io.quarkus:*")]),
    rule("rails", Web, &[(Gem, "rails"), (Gem, "railties")]),
    rule(
        "react-router",
        Web,
        &[(Npm, "react-router"), (Npm, "react-router-dom")],
    ),
    rule("remix", Web, &[(Npm, "@remix-run/react")]),
    rule("rocket", Web, &[(Cargo, "rocket")]),
    rule("sinatra", Web, &[(Gem, "sinatra")]),
    rule("solid", Web, &[(Npm, "solid-js")]),
    rule("spring-boot", Web, &[(Maven, "org.springframework.boot:*")]),
    rule("starlette", Web, &[(Pypi, "starlette")]),
    rule("svelte", Web, &[(Npm, "svelte")]),
    rule("symfony", Web, &[(Composer, "symfony/framework-bundle")]),
    rule("wagtail", Web, &[(Pypi, "wagtail")]),
    rule("warp", Web, &[(Cargo, "warp")]),
    rule("jest", Testing, &[(Npm, "jest")]),
    rule("mocha", Testing, &[(Npm, "mocha")]),
    rule("cypress", Testing, &[(Npm, "cypress")]),
    rule(
        "playwright",
        Testing,
        &[
            (Npm, "playwright"),
            (Npm, "@playwright/test"),
            (Pypi, "playwright"),
            (Pypi, "pytest-playwright"),
        ],
    ),
    rule("pytest", Testing, &[(Pypi, "pytest"), (Pypi, "pytest-*")]),
    rule("nose", Testing, &[(Pypi, "nose"), (Pypi, "nose2")]),
    rule("ava", Testing, &[(Npm, "ava")]),
    rule("criterion", Testing, &[(Cargo, "criterion")]),
    rule("hypothesis", Testing, &[(Pypi, "hypothesis")]),
    rule("insta", Testing, &[(Cargo, "insta")]),
    rule(
        "jasmine",
        Testing,
        &[(Npm, "jasmine"), (Npm, "jasmine-core")],
    ),
    rule(
        "junit",
        Testing,
        &[
            (Maven, "junit:junit"),
            (Maven, "org.junit.jupiter:*"),
            (Maven, "org.springframework.boot:spring-boot-starter-*test"),
        ],
    ),
    rule("minitest", Testing, &[(Gem, "minitest")]),
    rule("phpunit", Testing, &[(Composer, "phpunit/phpunit")]),
    rule("proptest", Testing, &[(Cargo, "proptest")]),
    rule("rspec", Testing, &[(Gem, "rspec"), (Gem, "rspec-rails")]),
    rule("testing-library", Testing, &[(Npm, "@testing-library/*")]),
    rule(
        "testcontainers",
        Testing,
        &[
            (Maven, "org.testcontainers:*"),
            (Npm, "testcontainers"),
            (Pypi, "testcontainers"),
            (Cargo, "testcontainers"),
            (Golang, "github.com/testcontainers/testcontainers-go"),
        ],
    ),
    rule(
        "testify",
        Testing,
        &[(Golang, "github.com/stretchr/testify")],
    ),
    rule("tox", Testing, &[(Pypi, "tox")]),
    rule("vitest", Testing, &[(Npm, "vitest")]),
    rule("webpack", Build, &[(Npm, "webpack")]),
    rule("vite", Build, &[(Npm, "vite")]),
    rule("parcel", Build, &[(Npm, "parcel"), (Npm, "parcel-bundler")]),
    rule("rollup", Build, &[(Npm, "rollup")]),
    rule("babel", Build, &[(Npm, "@babel/core")]),
    rule("esbuild", Build, &[(Npm, "esbuild")]),
    rule("flit", Build, &[(Pypi, "flit-core")]),
    rule("gulp", Build, &[(Npm, "gulp")]),
    rule("hatch", Build, &[(Pypi, "hatchling")]),
    rule("lerna", Build, &[(Npm, "lerna")]),
    rule("maturin", Build, &[(Pypi, "maturin")]),
    rule("nx", Build, &[(Npm, "nx")]),
    rule("poetry", Build, &[(Pypi, "poetry-core")]),
    rule("rolldown", Build, &[(Npm, "rolldown")]),
    rule("setuptools", Build, &[(Pypi, "setuptools")]),
    rule("swc", Build, &[(Npm, "@swc/core")]),
    rule("tsdown", Build, &[(Npm, "tsdown")]),
    rule("tsup", Build, &[(Npm, "tsup")]),
    rule("turbo", Build, &[(Npm, "turbo")]),
    rule("uv", Build, &[(Pypi, "uv-build")]),
    rule("celery", Other, &[(Pypi, "celery")]),
    rule("clap", Other, &[(Cargo, "clap")]),
    rule("click", Other, &[(Pypi, "click")]),
    rule("cobra", Other, &[(Golang, "github.com/spf13/cobra")]),
    rule("electron", Other, &[(Npm, "electron")]),
    rule(
        "graphql",
        Other,
        &[
            (Npm, "graphql"),
            (Pypi, "graphene"),
            (Pypi, "strawberry-graphql"),
        ],
    ),
    rule(
        "grpc",
        Other,
        &[
            (Npm, "@grpc/grpc-js"),
            (Pypi, "grpcio"),
            (Cargo, "tonic"),
            (Golang, "google.golang.org/grpc"),
            (Maven, "io.grpc:*"),
        ],
    ),
    rule(
        "kafka",
        Other,
        &[
            (Npm, "kafkajs"),
            (Pypi, "kafka-python"),
            (Cargo, "rdkafka"),
            (Maven, "org.apache.kafka:*"),
            (Golang, "github.com/segmentio/kafka-go"),
        ],
    ),
    rule("numpy", Other, &[(Pypi, "numpy")]),
    rule("pandas", Other, &[(Pypi, "pandas")]),
    rule("pydantic", Other, &[(Pypi, "pydantic")]),
    rule("pytorch", Other, &[(Pypi, "torch")]),
    rule("react-native", Other, &[(Npm, "react-native")]),
    rule("sidekiq", Other, &[(Gem, "sidekiq")]),
    rule("tailwindcss", Other, &[(Npm, "tailwindcss")]),
    rule("tauri", Other, &[(Cargo, "tauri")]),
    rule("tensorflow", Other, &[(Pypi, "tensorflow")]),
    rule("tokio", Other, &[(Cargo, "tokio")]),
    rule("trpc", Other, &[(Npm, "@trpc/server")]),
    rule("typescript", Other, &[(Npm, "typescript")]),
];

/// What kind of database technology a name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Store {
    /// A database.
    Engine,
    /// A library that maps objects or queries to databases.
    Mapper,
}

/// Databases and mappers that dependencies give away.
pub static DATABASES: &[Rule<Store>] = &[
    rule(
        "postgresql",
        Store::Engine,
        &[
            (Pypi, "psycopg2"),
            (Pypi, "psycopg2-binary"),
            (Pypi, "psycopg"),
            (Pypi, "asyncpg"),
            (Pypi, "pg8000"),
            (Npm, "pg"),
            (Npm, "postgres"),
            (Npm, "pg-promise"),
            (Npm, "@neondatabase/serverless"),
            (Cargo, "postgres"),
            (Cargo, "tokio-postgres"),
            (Cargo, "sqlx[postgres]"),
            (Cargo, "diesel[postgres]"),
            (Cargo, "sea-orm[sqlx-postgres]"),
            (Golang, "github.com/lib/pq"),
            (Golang, "github.com/jackc/pgx"),
            (Golang, "gorm.io/driver/postgres"),
            (Maven, "org.postgresql:postgresql"),
            (Gem, "pg"),
        ],
    ),
    rule(
        "mysql",
        Store::Engine,
        &[
            (Pypi, "mysqlclient"),
            (Pypi, "pymysql"),
            (Pypi, "mysql-connector"),
            (Pypi, "mysql-connector-python"),
            (Pypi, "aiomysql"),
            (Npm, "mysql"),
            (Npm, "mysql2"),
            (Cargo, "mysql"),
            (Cargo, "mysql-async"),
            (Cargo, "mysql_async"),
            (Cargo, "sqlx[mysql]"),
            (Cargo, "diesel[mysql]"),
            (Golang, "github.com/go-sql-driver/mysql"),
            (Golang, "gorm.io/driver/mysql"),
            (Maven, "com.mysql:mysql-connector-j"),
            (Maven, "mysql:mysql-connector-java"),
            (Gem, "mysql2"),
            (Gem, "trilogy"),
        ],
    ),
    rule(
        "mariadb",
        Store::Engine,
        &[
            (Npm, "mariadb"),
            (Pypi, "mariadb"),
            (Maven, "org.mariadb.jdbc:mariadb-java-client"),
        ],
    ),
    rule(
        "mongodb",
        Store::Engine,
        &[
            (Pypi, "pymongo"),
            (Pypi, "motor"),
            (Pypi, "mongoengine"),
            (Npm, "mongoose"),
            (Npm, "mongodb"),
            (Cargo, "mongodb"),
            (Golang, "go.mongodb.org/mongo-driver"),
            (Maven, "org.mongodb:*"),
            (Gem, "mongo"),
            (Gem, "mongoid"),
            (Composer, "mongodb/mongodb"),
            (
                Maven,
                "org.springframework.boot:spring-boot-starter-data-mongodb",
            ),
        ],
    ),
    rule(
        "redis",
        Store::Engine,
        &[
            (Pypi, "redis"),
            (Pypi, "aioredis"),
            (Pypi, "django-redis"),
            (Pypi, "channels-redis"),
            (Npm, "redis"),
            (Npm, "ioredis"),
            (Cargo, "redis"),
            (Cargo, "fred"),
            (Golang, "github.com/redis/go-redis"),
            (Golang, "github.com/go-redis/redis"),
            (Golang, "github.com/gomodule/redigo"),
            (Maven, "redis.clients:jedis"),
            (Maven, "io.lettuce:lettuce-core"),
            (Gem, "redis"),
            (Composer, "predis/predis"),
            (
                Maven,
                "org.springframework.boot:spring-boot-starter-data-redis",
            ),
        ],
    ),
    rule(
        "sqlite",
        Store::Engine,
        &[
            (Pypi, "aiosqlite"),
            (Pypi, "sqlite3"),
            (Npm, "sqlite3"),
            (Npm, "better-sqlite3"),
            (Npm, "sqlite"),
            (Cargo, "rusqlite"),
            (Cargo, "libsqlite3-sys"),
            (Cargo, "sqlx[sqlite]"),
            (Cargo, "diesel[sqlite]"),
            (Golang, "github.com/mattn/go-sqlite3"),
            (Golang, "modernc.org/sqlite"),
            (Golang, "gorm.io/driver/sqlite"),
            (Maven, "org.xerial:sqlite-jdbc"),
            (Gem, "sqlite3"),
        ],
    ),
    rule(
        "elasticsearch",
        Store::Engine,
        &[
            (Pypi, "elasticsearch"),
            (Pypi, "elasticsearch-py"),
            (Pypi, "elasticsearch-dsl"),
            (Npm, "@elastic/elasticsearch"),
            (Npm, "elasticsearch"),
            (Cargo, "elasticsearch"),
            (Golang, "github.com/elastic/go-elasticsearch"),
            (Maven, "co.elastic.clients:elasticsearch-java"),
            (Gem, "elasticsearch"),
        ],
    ),
    rule(
        "cassandra",
        Store::Engine,
        &[
            (Pypi, "cassandra-driver"),
            (Npm, "cassandra-driver"),
            (Golang, "github.com/gocql/gocql"),
            (Cargo, "scylla"),
        ],
    ),
    rule(
        "clickhouse",
        Store::Engine,
        &[
            (Pypi, "clickhouse-connect"),
            (Pypi, "clickhouse-driver"),
            (Npm, "@clickhouse/client"),
            (Golang, "github.com/ClickHouse/clickhouse-go"),
            (Cargo, "clickhouse"),
        ],
    ),
    rule(
        "duckdb",
        Store::Engine,
        &[(Pypi, "duckdb"), (Npm, "duckdb"), (Cargo, "duckdb")],
    ),
    rule(
        "dynamodb",
        Store::Engine,
        &[
            (Npm, "@aws-sdk/client-dynamodb"),
            (Npm, "@aws-sdk/lib-dynamodb"),
            (Cargo, "aws-sdk-dynamodb"),
            (Pypi, "pynamodb"),
        ],
    ),
    rule("h2", Store::Engine, &[(Maven, "com.h2database:h2")]),
    rule("hsqldb", Store::Engine, &[(Maven, "org.hsqldb:hsqldb")]),
    rule(
        "memcached",
        Store::Engine,
        &[
            (Pypi, "pymemcache"),
            (Pypi, "python-memcached"),
            (Pypi, "pylibmc"),
            (Gem, "dalli"),
            (Npm, "memcached"),
            (Golang, "github.com/bradfitz/gomemcache"),
        ],
    ),
    rule(
        "neo4j",
        Store::Engine,
        &[
            (Pypi, "neo4j"),
            (Npm, "neo4j-driver"),
            (Golang, "github.com/neo4j/neo4j-go-driver"),
        ],
    ),
    rule("redb", Store::Engine, &[(Cargo, "redb")]),
    rule(
        "rocksdb",
        Store::Engine,
        &[(Cargo, "rocksdb"), (Maven, "org.rocksdb:rocksdbjni")],
    ),
    rule(
        "opensearch",
        Store::Engine,
        &[
            (Pypi, "opensearch-py"),
            (Npm, "@opensearch-project/opensearch"),
        ],
    ),
    rule(
        "sqlserver",
        Store::Engine,
        &[
            (Pypi, "pymssql"),
            (Npm, "mssql"),
            (Npm, "tedious"),
            (Maven, "com.microsoft.sqlserver:mssql-jdbc"),
            (Golang, "github.com/microsoft/go-mssqldb"),
        ],
    ),
    // The first four names are those of the first MIRA analyser.
    rule(
        "SQL databases",
        Store::Mapper,
        &[
            (Pypi, "sqlalchemy"),
            (Pypi, "flask-sqlalchemy"),
            (Pypi, "sqlmodel"),
        ],
    ),
    rule("MongoDB", Store::Mapper, &[(Pypi, "mongoengine")]),
    rule("Async SQL", Store::Mapper, &[(Pypi, "tortoise-orm")]),
    rule("Doctrine", Store::Mapper, &[(Composer, "doctrine/orm")]),
    rule("Drizzle", Store::Mapper, &[(Npm, "drizzle-orm")]),
    rule("GORM", Store::Mapper, &[(Golang, "gorm.io/gorm")]),
    rule(
        "JPA",
        Store::Mapper,
        &[
            (
                Maven,
                "org.springframework.boot:spring-boot-starter-data-jpa",
            ),
            (Maven, "org.hibernate.orm:*"),
            (Maven, "org.hibernate:*"),
        ],
    ),
    rule("Knex", Store::Mapper, &[(Npm, "knex")]),
    rule(
        "Prisma",
        Store::Mapper,
        &[(Npm, "@prisma/client"), (Npm, "prisma")],
    ),
    rule("SeaORM", Store::Mapper, &[(Cargo, "sea-orm")]),
    rule("Sequelize", Store::Mapper, &[(Npm, "sequelize")]),
    rule("Diesel", Store::Mapper, &[(Cargo, "diesel")]),
    rule("SQLx", Store::Mapper, &[(Cargo, "sqlx")]),
    rule("TypeORM", Store::Mapper, &[(Npm, "typeorm")]),
    rule("peewee", Store::Mapper, &[(Pypi, "peewee")]),
];

/// What the import of a Python module gives away: a database technology.
pub static PYTHON_DATABASES: &[(&str, &str, Store)] = &[
    ("sqlalchemy", "SQL databases", Store::Mapper),
    ("django.db", "Django ORM", Store::Mapper),
    ("mongoengine", "MongoDB", Store::Mapper),
    ("tortoise", "Async SQL", Store::Mapper),
    ("peewee", "peewee", Store::Mapper),
    ("sqlite3", "sqlite", Store::Engine),
];

/// What the import of a Python module gives away: a framework. Found in tests, where such imports belong.
pub static PYTHON_FRAMEWORKS: &[(&str, Group)] = &[("pytest", Testing), ("unittest", Testing)];

#[cfg(test)]
mod tests {
    use super::*;

    fn names(ecosystem: Ecosystem, name: &str, features: &[&str]) -> Vec<&'static str> {
        let requirement = Requirement {
            name: name.into(),
            features: features
                .iter()
                .map(|feature| (*feature).to_owned())
                .collect(),
            ..Requirement::default()
        };
        let frameworks = FRAMEWORKS
            .iter()
            .filter(|rule| rule.matches(ecosystem, &requirement))
            .map(|rule| rule.name);
        let databases = DATABASES
            .iter()
            .filter(|rule| rule.matches(ecosystem, &requirement))
            .map(|rule| rule.name);
        frameworks.chain(databases).collect()
    }

    #[test]
    fn whole_names_of_the_right_registry() {
        assert_eq!(names(Npm, "pg", &[]), ["postgresql"]);
        assert!(names(Npm, "jpgs", &[]).is_empty());
        assert!(names(Npm, "flask", &[]).is_empty());
        assert!(names(Npm, "react-dom", &[]).is_empty());
        assert_eq!(names(Pypi, "flask", &[]), ["flask"]);
    }

    #[test]
    fn prefixes_major_versions_and_features() {
        assert_eq!(
            names(
                Maven,
                "org.springframework.boot:spring-boot-starter-web",
                &[]
            ),
            ["spring-boot"]
        );
        assert_eq!(
            names(Golang, "github.com/jackc/pgx/v5", &[]),
            ["postgresql"]
        );
        assert!(names(Golang, "github.com/jackc/pgxmock", &[]).is_empty());
        assert_eq!(names(Cargo, "sqlx", &["postgres"]), ["postgresql", "SQLx"]);
        assert_eq!(names(Cargo, "sqlx", &[]), ["SQLx"]);
    }

    #[test]
    fn python_names_are_written_as_the_reader_normalises_them() {
        for (ecosystem, pattern) in FRAMEWORKS
            .iter()
            .flat_map(|rule| rule.packages)
            .chain(DATABASES.iter().flat_map(|rule| rule.packages))
        {
            if *ecosystem == Pypi {
                assert!(
                    !pattern.contains(['_', '.']) && pattern.to_lowercase() == *pattern,
                    "{pattern}"
                );
            }
        }
    }
}
