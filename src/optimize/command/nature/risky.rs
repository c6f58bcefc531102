//! Commands that destroy something, or send it out where it cannot be taken back.

use std::sync::OnceLock;

use crate::optimize::recipe::{Piece, Redirect};

use super::super::parse::Command;
use super::super::usage;
use super::Judged;
use super::rule::{Rule, Rules};

#[rustfmt::skip]
const FILES: &[Rule] = &[
    ("rm", &["-r", "-R", "--recursive", "~*", "=/", "=~"]),
    ("find", &["-delete"]),
    ("fd", &["=rm"]),
    ("rsync", &["--delete", "--delete-after", "--delete-before", "--delete-excluded", "--remove-source-files", "~:"]),
    ("scp", &["~:"]),
    ("sftp", &[]),
    ("rclone", &["^sync", "^delete", "^purge", "^move", "^copy"]),
    ("shred", &[]),
    ("wipe", &[]),
    ("srm", &[]),
    ("truncate", &[]),
    ("dd", &["^of="]),
    ("mkfs", &[]),
    ("mkswap", &[]),
    ("wipefs", &[]),
    ("fdisk", &["!-l", "!--list"]),
    ("sfdisk", &["!-l", "!-d"]),
    ("sgdisk", &["!-p"]),
    ("parted", &["!-l"]),
    ("diskutil", &["^erase", "^partition", "^reformat"]),
    ("cryptsetup", &["^luksFormat", "^erase"]),
    ("lvremove", &[]),
    ("vgremove", &[]),
    ("pvremove", &[]),
    ("zfs", &["=destroy", "=rollback"]),
    ("zpool", &["=destroy"]),
    ("chmod", &["-R", "--recursive"]),
    ("chown", &["-R", "--recursive"]),
    ("chgrp", &["-R", "--recursive"]),
    ("crontab", &["-r"]),
];

#[rustfmt::skip]
const GIT: &[Rule] = &[
    ("git push", &["-f", "--force", "--force-with-lease", "--force-if-includes", "-d", "--delete", "--mirror", "--prune", "^+", "^:"]),
    ("git reset", &["--hard", "--merge", "--keep"]),
    ("git clean", &["-f", "--force", "!-n", "!--dry-run"]),
    ("git branch", &["-D", "-M", "-C"]),
    ("git branch", &["-f", "--force"]),
    ("git tag", &["-d", "--delete", "-f", "--force"]),
    ("git checkout", &["-f", "--force", "--", "=.", "-B"]),
    ("git switch", &["-f", "--force", "--discard-changes", "-C"]),
    ("git restore", &["!--staged", "!-S"]),
    ("git restore", &["--worktree", "-W"]),
    ("git stash drop", &[]),
    ("git stash clear", &[]),
    ("git rm", &["-r", "-f", "--force", "!--cached"]),
    ("git reflog expire", &[]),
    ("git reflog delete", &[]),
    ("git gc", &["--prune", "--aggressive"]),
    ("git prune", &["!-n", "!--dry-run"]),
    ("git filter-branch", &[]),
    ("git filter-repo", &[]),
    ("git replace", &[]),
    ("git update-ref", &["-d", "--stdin"]),
    ("git worktree remove", &["-f", "--force"]),
    ("git submodule deinit", &["-f", "--force", "--all"]),
    ("git remote remove", &[]),
    ("git remote rm", &[]),
    ("git rebase", &["--exec", "-x"]),
    ("git send-email", &[]),
    ("git svn dcommit", &[]),
    ("git lfs prune", &[]),
    ("gh api", &["=post", "=put", "=patch", "=delete", "-f", "-F", "--field", "--raw-field", "--input"]),
    ("gh release create", &[]),
    ("gh release delete", &[]),
    ("gh release edit", &[]),
    ("gh release upload", &[]),
    ("gh pr merge", &[]),
    ("gh pr close", &[]),
    ("gh issue delete", &[]),
    ("gh issue close", &[]),
    ("gh repo delete", &[]),
    ("gh repo archive", &[]),
    ("gh repo create", &[]),
    ("gh repo edit", &[]),
    ("gh repo rename", &[]),
    ("gh gist create", &[]),
    ("gh gist delete", &[]),
    ("gh secret set", &[]),
    ("gh secret delete", &[]),
    ("gh variable set", &[]),
    ("gh workflow run", &[]),
    ("gh run delete", &[]),
    ("gh cache delete", &[]),
    ("glab mr merge", &[]),
    ("glab mr close", &[]),
    ("glab mr delete", &[]),
    ("glab release create", &[]),
    ("glab release delete", &[]),
    ("glab repo delete", &[]),
];

#[rustfmt::skip]
const PACKAGES: &[Rule] = &[
    ("cargo yank", &[]),
    ("cargo owner", &[]),
    ("cargo release", &[]),
    ("cargo smart-release", &[]),
    ("npm unpublish", &[]),
    ("npm deprecate", &[]),
    ("npm dist-tag", &[]),
    ("npm owner", &[]),
    ("npm access", &[]),
    ("twine upload", &[]),
    ("gem push", &[]),
    ("gem yank", &[]),
    ("dotnet nuget push", &[]),
    ("dotnet nuget delete", &[]),
    ("goreleaser", &["!--snapshot", "!--skip-publish", "!check"]),
    ("semantic-release", &["!--dry-run", "!-d"]),
    ("release-it", &["!--dry-run"]),
    ("np", &[]),
    ("changeset tag", &[]),
    ("apt remove", &[]),
    ("apt purge", &[]),
    ("apt autoremove", &[]),
    ("dnf remove", &[]),
    ("yum remove", &[]),
    ("pacman", &["-R", "-Rs", "-Rns"]),
    ("mix hex.publish", &[]),
    ("pod trunk", &[]),
];

#[rustfmt::skip]
const CONTAINERS: &[Rule] = &[
    ("docker push", &[]),
    ("docker image push", &[]),
    ("docker compose push", &[]),
    ("docker build", &["--push"]),
    ("docker buildx build", &["--push"]),
    ("docker system prune", &[]),
    ("docker image prune", &[]),
    ("docker container prune", &[]),
    ("docker volume prune", &[]),
    ("docker network prune", &[]),
    ("docker builder prune", &[]),
    ("docker buildx prune", &[]),
    ("docker rm", &["-f", "-v", "--force", "--volumes"]),
    ("docker rmi", &["-f", "--force"]),
    ("docker volume rm", &[]),
    ("docker volume remove", &[]),
    ("docker compose down", &["-v", "--volumes", "--rmi"]),
    ("docker compose rm", &["-f", "-v", "-s", "--force"]),
    ("docker stack rm", &[]),
    ("docker swarm leave", &[]),
    ("kubectl apply", &["!--dry-run"]),
    ("kubectl annotate", &[]),
    ("kubectl autoscale", &[]),
    ("kubectl cordon", &[]),
    ("kubectl create", &["!--dry-run"]),
    ("kubectl debug", &[]),
    ("kubectl delete", &["!--dry-run"]),
    ("kubectl drain", &["!--dry-run"]),
    ("kubectl edit", &[]),
    ("kubectl label", &[]),
    ("kubectl patch", &["!--dry-run"]),
    ("kubectl replace", &["!--dry-run"]),
    ("kubectl rollout restart", &[]),
    ("kubectl rollout undo", &[]),
    ("kubectl scale", &[]),
    ("kubectl set", &[]),
    ("kubectl taint", &[]),
    ("helm install", &["!--dry-run"]),
    ("helm upgrade", &["!--dry-run"]),
    ("helm uninstall", &["!--dry-run"]),
    ("helm delete", &["!--dry-run"]),
    ("helm rollback", &["!--dry-run"]),
    ("helm push", &[]),
    ("helmfile apply", &[]),
    ("helmfile sync", &[]),
    ("argocd app", &["^sync", "^delete"]),
    ("flux reconcile", &[]),
    ("terraform apply", &[]),
    ("terraform destroy", &[]),
    ("terraform import", &[]),
    ("terraform taint", &[]),
    ("terraform untaint", &[]),
    ("terraform state rm", &[]),
    ("terraform state mv", &[]),
    ("terraform state push", &[]),
    ("terraform workspace delete", &[]),
    ("terraform force-unlock", &[]),
    ("terragrunt apply", &[]),
    ("terragrunt run-all", &[]),
    ("pulumi up", &[]),
    ("pulumi update", &[]),
    ("pulumi stack rm", &[]),
    ("cdk deploy", &[]),
    ("ansible-playbook", &["!--check", "!-C", "!--syntax-check", "!--list-hosts", "!--list-tasks"]),
    ("ansible", &["!--check", "!-C", "!=ping", "!=setup", "!--version"]),
    ("vagrant destroy", &[]),
    ("minikube delete", &[]),
    ("kind delete", &[]),
    ("eksctl", &["^create", "^delete", "^scale"]),
    ("vercel", &["--prod"]),
    ("skaffold run", &[]),
    ("gsutil", &["=rm", "=cp", "=mv", "=rsync"]),
    ("heroku", &["~:destroy", "~:set", "~:reset"]),
    ("fly scale", &[]),
    ("fly secrets", &[]),
];

#[rustfmt::skip]
const NETWORK: &[Rule] = &[
    ("curl", &["=post", "=put", "=delete", "=patch", "-d", "--data", "--data-raw", "--data-binary", "--data-urlencode", "--json", "-F", "--form", "-T", "--upload-file"]),
    ("wget", &["=post", "=put", "=delete", "=patch", "--post-data", "--post-file", "--body-data", "--body-file"]),
    ("http", &["=post", "=put", "=delete", "=patch"]),
    ("https", &["=post", "=put", "=delete", "=patch"]),
    ("xh", &["=post", "=put", "=delete", "=patch"]),
    ("mail", &[]),
    ("mailx", &[]),
    ("mutt", &["0"]),
    ("sendmail", &[]),
    ("msmtp", &[]),
    ("nc", &["-e", "-c"]),
];

#[rustfmt::skip]
const SYSTEM: &[Rule] = &[
    ("systemctl stop", &[]),
    ("systemctl restart", &[]),
    ("systemctl disable", &[]),
    ("systemctl mask", &[]),
    ("systemctl kill", &[]),
    ("systemctl reboot", &[]),
    ("systemctl poweroff", &[]),
    ("systemctl halt", &[]),
    ("service", &["=stop", "=restart"]),
    ("launchctl unload", &[]),
    ("launchctl bootout", &[]),
    ("brew services", &["=stop", "=restart"]),
    ("reboot", &[]),
    ("shutdown", &[]),
    ("poweroff", &[]),
    ("halt", &[]),
    ("init", &["=0", "=6"]),
    ("userdel", &[]),
    ("groupdel", &[]),
    ("deluser", &[]),
    ("iptables", &["-F", "-X", "-D", "--flush"]),
    ("nft", &["=flush", "=delete"]),
    ("ufw", &["^reset", "^disable", "^delete"]),
    ("ufw reset", &[]),
    ("ufw disable", &[]),
    ("ufw delete", &[]),
    ("umount", &["-f", "-l"]),
    ("adb uninstall", &[]),
    ("gpg", &["--delete-secret-keys", "--delete-keys", "--send-keys"]),
];

#[rustfmt::skip]
const DATABASES: &[Rule] = &[
    ("dropdb", &[]),
    ("dropuser", &[]),
    ("mysqladmin", &["=drop", "=shutdown"]),
    ("pg_restore", &["-c", "--clean"]),
    ("redis-cli", &["=flushall", "=flushdb", "=del"]),
    ("redis-cli flushall", &[]),
    ("redis-cli FLUSHALL", &[]),
    ("redis-cli flushdb", &[]),
    ("redis-cli FLUSHDB", &[]),
    ("redis-cli del", &[]),
    ("redis-cli DEL", &[]),
    ("mongosh", &["~drop", "~deletemany", "~remove("]),
    ("rails db:drop", &[]),
    ("rails db:reset", &[]),
    ("rails db:rollback", &[]),
    ("rails db:schema:load", &[]),
    ("rake db:drop", &[]),
    ("rake db:reset", &[]),
    ("rake db:rollback", &[]),
    ("php artisan", &["=migrate:fresh", "=migrate:reset", "=migrate:refresh", "=db:wipe", "=migrate:rollback"]),
    ("python manage.py flush", &[]),
    ("python manage.py reset_db", &[]),
    ("alembic downgrade", &[]),
    ("sqlx database", &["=drop", "=reset"]),
    ("prisma migrate reset", &[]),
    ("prisma db", &["=push"]),
    ("supabase db", &["=reset", "=push"]),
];

/// Clients of databases, which run what they are given.
const CLIENTS: &[&str] = &[
    "psql",
    "mysql",
    "sqlite3",
    "sqlcmd",
    "duckdb",
    "clickhouse-client",
    "mongosh",
    "cqlsh",
    "bq",
];

/// Statements that destroy; in any case.
const STATEMENTS: &[&str] = &[
    "drop ",
    "truncate ",
    "delete from",
    "dropdatabase",
    "flushall",
];

/// Words of subcommands and of the names of scripts and targets that say that something goes out or away.
const WORDS: &[&str] = &[
    "deploy",
    "deploys",
    "deployment",
    "undeploy",
    "redeploy",
    "publish",
    "unpublish",
    "destroy",
    "purge",
    "wipe",
    "nuke",
    "teardown",
    "rollback",
];

/// Commands of clouds that change nothing, by how their last subcommand begins.
const CLOUDS: &[&str] = &["aws", "gcloud", "az"];
const CHANGES: &[&str] = &[
    "delete",
    "create",
    "put",
    "update",
    "terminate",
    "run",
    "start",
    "stop",
    "reboot",
    "remove",
    "rm",
    "cp",
    "mv",
    "sync",
    "deploy",
    "set",
    "modify",
    "detach",
    "attach",
    "disable",
    "enable",
    "add",
    "mb",
    "rb",
    "invoke",
    "send",
    "publish",
];

/// Programs that run the text of an argument.
const RUN_TEXT: &[&str] = &[
    "sh",
    "eval",
    "ssh",
    "su",
    "watch",
    "xargs",
    "parallel",
    "nix-shell",
    "hyperfine",
    "script",
    "tmux",
    "entr",
    "watchexec",
    "nodemon",
    "concurrently",
    "adb",
    "vagrant",
    "expect",
    "npx",
];

/// Programs that run what they read.
const RUN_INPUT: &[&str] = &["sh", "ssh", "at", "batch"];

pub(super) fn is(command: &Command) -> bool {
    static RULES: OnceLock<Rules> = OnceLock::new();
    let rules = RULES
        .get_or_init(|| Rules::of(&[FILES, GIT, PACKAGES, CONTAINERS, NETWORK, SYSTEM, DATABASES]));
    let tries = command
        .flags
        .iter()
        .any(|flag| matches!(flag.as_str(), "--help" | "--version" | "-help"));
    !tries
        && (rules.hold(command)
            || formats(command)
            || says_so(command)
            || changes_cloud(command)
            || destroys_data(command))
}

/// `mkfs.ext4` and its kin.
fn formats(command: &Command) -> bool {
    command.path.starts_with("mkfs.")
}

/// A subcommand, a script or a target with such a name, as in `make deploy` and `./scripts/publish.sh`.
fn says_so(command: &Command) -> bool {
    let dry = command
        .flags
        .iter()
        .any(|flag| matches!(flag.as_str(), "--dry-run" | "-n" | "--check"));
    let known = usage::of(program(command)).is_some();
    let said = |text: &str| {
        text.split(|c: char| !c.is_ascii_alphanumeric())
            .any(|word| WORDS.contains(&word.to_ascii_lowercase().as_str()))
    };
    !dry && (said(&command.path)
        || !known
            && command
                .arguments
                .iter()
                .any(|argument| WORDS.contains(&argument.as_str())))
}

fn changes_cloud(command: &Command) -> bool {
    let mut words = command.path.split(' ');
    words
        .next()
        .is_some_and(|program| CLOUDS.contains(&program))
        && words
            .chain(command.arguments.iter().map(String::as_str))
            .any(|word| {
                CHANGES.iter().any(|verb| {
                    word.strip_prefix(verb)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
                })
            })
}

fn destroys_data(command: &Command) -> bool {
    is_client(command) && command.arguments.iter().any(|argument| destroys(argument))
}

fn is_client(command: &Command) -> bool {
    CLIENTS.contains(&program(command))
}

fn destroys(text: &str) -> bool {
    let text = text.to_lowercase();
    STATEMENTS.iter().any(|statement| text.contains(statement))
}

/// A statement that is printed into a client.
pub(super) fn feeds_database(stages: &[Judged<'_>]) -> bool {
    let mut commands = stages.iter().flat_map(|stage| stage.commands);
    let fed = stages
        .iter()
        .flat_map(|stage| stage.commands)
        .any(is_client);
    let given = stages
        .iter()
        .flat_map(|stage| stage.given)
        .any(|text| destroys(text));
    fed && (given
        || commands.any(|command| command.arguments.iter().any(|argument| destroys(argument))))
}

/// A deletion by a program that chooses what: one file less is a matter of course, all that match are not.
pub(super) fn in_bulk(outer: &Command, inner: &Command) -> bool {
    matches!(program(outer), "xargs" | "find" | "fd" | "parallel")
        && matches!(program(inner), "rm" | "rmdir" | "unlink")
}

pub(super) fn runs_text(command: &Command) -> bool {
    RUN_TEXT.contains(&program(command))
}

/// A shell that is fed, and was given no script of its own.
pub(super) fn runs_input(command: &Command) -> bool {
    RUN_INPUT.contains(&program(command))
        && (program(command) != "sh"
            || command.path == "sh" && !command.flags.iter().any(|flag| flag == "-c"))
}

/// Writing over a disk.
pub(super) fn overwrites_device(redirect: &Redirect) -> bool {
    const DISKS: &[&str] = &[
        "sd", "nvme", "hd", "vd", "xvd", "mmcblk", "disk", "rdisk", "mapper", "md", "dm-", "loop",
    ];
    redirect.operator.contains('>')
        && matches!(redirect.target.0.as_slice(), [Piece::Text(text)] if text
            .strip_prefix("/dev/")
            .is_some_and(|device| DISKS.iter().any(|disk| device.starts_with(disk))))
}

fn program(command: &Command) -> &str {
    command.path.split(' ').next().unwrap_or_default()
}
