//! What is wrong with `[notify]`.

use super::Problem;
use crate::config::layers::Loaded;
use crate::config::locate::steps;
use crate::config::notify::{NoticeKind, Template};
use crate::config::text::{listed, nearest};

/// Templates with placeholders that mean nothing, and channels that lead nowhere.
pub(super) fn check(loaded: &Loaded, problems: &mut Vec<Problem>) {
    let notify = &loaded.config.notify;
    for (kind, wording) in &notify.templates {
        for (key, template) in [("title", &wording.title), ("message", &wording.message)] {
            let known = || {
                let own = kind.placeholders().iter().copied();
                NoticeKind::ALWAYS.into_iter().chain(own)
            };
            let used = template.iter().flat_map(Template::placeholders);
            for name in used.filter(|name| known().all(|it| it != *name)) {
                let path = steps!["notify", "templates", kind.name(), key];
                let message = format!("`{{{name}}}` stands for nothing in {}", kind.name());
                let hint = match nearest(name, known()) {
                    Some(near) => format!("did you mean `{{{near}}}`?"),
                    None => format!("there are {}", listed(known())),
                };
                problems.push(Problem::value(path, message).hint(hint));
            }
        }
    }
    for (name, webhook) in &notify.webhook {
        if webhook.url.is_none() {
            let path = steps!["notify", "webhook", name.as_str()];
            problems.push(
                Problem::key(path, format!("the webhook `{name}` has no `url`"))
                    .hint("write `url = \"https://…\"`, with `${NAME}` for what is secret in it"),
            );
        }
    }
    for (name, command) in &notify.command {
        if command.run.first().is_none_or(String::is_empty) {
            let path = steps!["notify", "command", name.as_str()];
            problems.push(
                Problem::key(path, format!("the channel `{name}` has no `run`"))
                    .hint("write `run = [\"program\", \"argument\"]`"),
            );
        }
    }
    if notify.email.enabled && notify.email.to.is_empty() {
        problems.push(Problem::value(
            steps!["notify", "email", "to"],
            "nobody receives the e-mail",
        ));
    }
}
