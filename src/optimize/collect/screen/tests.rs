//! No secret gets through, in whatever dress, and most of what is typed does.

#![allow(
    clippy::unwrap_used,
    clippy::format_collect,
    clippy::cast_possible_truncation
)]

use proptest::prelude::*;

use super::*;

#[test]
fn what_is_typed_every_day_is_kept() {
    for line in [
        "git commit -m 'Fix the greeting'",
        "cargo test --locked --lib store::",
        "git push -u origin main",
        "ssh -p 22 host uptime",
        "docker run -p 80:80 nginx",
        "mkdir -p a/b",
        "kubectl get pods -n web",
        "curl -fsS https://example.org/x",
        "git clone git@github.com:a/b.git",
        "git clone ssh://git@example.org/a/b.git",
        "for i in 1 2; do echo $i; done",
        "grep -rn tokenize src",
        "vim src/token.rs",
        "git log --author=me",
        "psql -U me db",
        "make -j8 && ./a.out --seed 42",
        "export PATH=$HOME/bin:$PATH",
        "cd /work/authors",
        "rsync -av a/ host:b/",
        "npm run build -- --key-frames 3",
    ] {
        assert_eq!(screen(line), None, "{line}");
    }
}

#[test]
fn what_its_author_hid_and_what_says_nothing_is_dropped() {
    assert_eq!(screen(" ls"), Some(Reason::Private));
    assert_eq!(screen("\tls"), Some(Reason::Private));
    assert_eq!(screen("\n"), Some(Reason::Empty));
    assert_eq!(screen(""), Some(Reason::Empty));
    assert_eq!(screen(&"x".repeat(LONGEST + 1)), Some(Reason::Long));
}

#[test]
fn every_pattern_is_an_expression() {
    assert!(SECRET.is_some());
}

/// Commands in which `@` is a secret.
const FORMS: [&str; 46] = [
    "mysql -u root -p@ db",
    "mysqldump --password=@ db",
    "mysqladmin --password @ ping",
    "mysql --pass\"\"word=@",
    "sshpass -p @ ssh host",
    "sshpass -p'@' ssh host",
    "curl -u me:@ https://example.org",
    "curl --user me:@ https://example.org",
    "curl -H 'Authorization: Bearer @' https://example.org",
    "curl -H 'X-Api-Key: @' https://example.org",
    "curl 'https://example.org/?token=@'",
    "curl 'https://example.org/?access_token=@&x=1'",
    "curl https://me:@@example.org/x",
    "git clone https://@@example.org/a/b.git",
    "git remote add x https://me:@@example.org/a/b.git",
    "psql postgres://me:@@db/x",
    "redis-cli -a @ ping",
    "export API_TOKEN=@",
    "export AWS_SECRET_ACCESS_KEY=@",
    "AWS_SECRET_ACCESS_KEY='@' aws s3 ls",
    "DB_PASSWORD=@ make run",
    "MY_KEY=@ ./run",
    "NPM_PAT=@ npm publish",
    "set -x GITHUB_TOKEN @",
    "set -gx GITHUB_TOKEN @",
    "setenv GITHUB_TOKEN @",
    "env SECRET_SAUCE=@ make",
    "docker login -u me -p @ registry",
    "docker login --password @",
    "docker build --build-arg NPM_TOKEN=@ .",
    "helm upgrade x --set auth.password=@",
    "kubectl create secret generic x --from-literal=a=@",
    "aws configure set aws_secret_access_key @",
    "gh secret set NAME --body @",
    "heroku config:set A=@",
    "vault kv put secret/x value=@",
    "openssl enc -pass pass:@ -in x",
    "openssl rsa -passin pass:@ -in x",
    "gpg --batch --passphrase @ -d x",
    "7z a -p@ x.7z x",
    "zip -P @ x.zip x",
    "htpasswd -b file me @",
    "ldapsearch -x -w @",
    "echo @ | sudo -S ls",
    "smbclient //h/s -U me%@ -u me%@",
    "http POST x password=@ name=y",
];

/// Secrets by their own form, wherever they stand.
const BARE: [&str; 5] = [
    "AKIA@16",
    "ghp_@36",
    "sk-ant-api03-@93AA",
    "xoxb-1234567890-1234567890-@24",
    "glpat-@20",
];

fn of_length(secret: &str, form: &str) -> String {
    let (begin, rest) = form.split_once('@').unwrap();
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let length: usize = digits.parse().unwrap();
    let body: String = secret.chars().cycle().take(length).collect();
    let body = if begin == "AKIA" {
        body.to_ascii_uppercase()
    } else {
        body
    };
    format!("{begin}{body}{}", &rest[digits.len()..])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_planted_secret_gets_through(
        secret in "[A-Za-z0-9][A-Za-z0-9_.!%+-]{5,30}",
        before in "(git status && |cd x; |make \\| tee x; |for i in 1; do )?",
        behind in "( && ls|; echo done|\necho more)?",
    ) {
        for form in FORMS {
            let line = format!("{before}{}{behind}", form.replacen("@@", &format!("{secret}@"), 1).replace('@', if form.contains("@@") { "@" } else { &secret }));
            prop_assert_eq!(screen(&line), Some(Reason::Secret), "{}", line);
        }
    }

    #[test]
    fn no_secret_by_its_form_gets_through(
        secret in "[a-zA-Z][A-Za-z0-9]{12,30}",
        place in "(echo |\\./run |git commit -m |cat <<X\n)",
    ) {
        for form in BARE {
            let line = format!("{place}{}", of_length(&secret, form));
            prop_assert_eq!(screen(&line), Some(Reason::Secret), "{}", line);
        }
    }

    #[test]
    fn what_is_kept_is_as_it_would_be_stored(line in "\\PC{0,80}") {
        if screen(&line).is_none() {
            prop_assert_eq!(redact(&line).into_owned(), line);
        }
    }
}
