//! Where sessions are looked for.

use std::ffi::OsString;

use crate::config::user::Sessions;
use crate::sessions::find::Place;
use crate::sessions::read::folders;
use crate::system::tilde;

/// The folders that the configuration names; those that the agents' variables name, if it says nothing of its own.
pub fn places(config: &Sessions, variable: impl Fn(&str) -> Option<OsString>) -> Vec<Place> {
    let usual = folders(variable);
    let dirs: Vec<Place> = if config.dirs == Sessions::default().dirs {
        let places = usual.into_iter().map(|folder| Place {
            path: folder.path,
            agent: Some(folder.agent),
            synced: false,
        });
        places.collect()
    } else {
        let places = config.dirs.iter().map(|dir| {
            let path = tilde::expanded(dir);
            let known = usual.iter().find(|folder| folder.path == path);
            Place {
                agent: known.map(|folder| folder.agent),
                path,
                synced: false,
            }
        });
        places.collect()
    };
    let spokes = config.spokes.iter().map(|spoke| Place {
        path: tilde::expanded(spoke),
        agent: None,
        synced: true,
    });
    dirs.into_iter().chain(spokes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sessions::Agent;

    fn told(config: &Sessions) -> Vec<String> {
        let variable = |name: &str| match name {
            "HOME" => Some("/h".into()),
            "CODEX_HOME" => Some("/codex".into()),
            _ => None,
        };
        let told = |place: Place| {
            let synced = if place.synced { " synced" } else { "" };
            format!("{} {:?}{synced}", place.path.display(), place.agent)
        };
        places(config, variable).into_iter().map(told).collect()
    }

    #[test]
    fn the_agents_variables_are_followed_until_something_is_written() {
        assert!(
            told(&Sessions::default())
                .contains(&format!("/codex/sessions {:?}", Some(Agent::Codex)))
        );
        let written = Sessions {
            dirs: vec!["/codex/sessions".to_owned(), "/mine".to_owned()],
            spokes: vec!["/laptop".to_owned()],
            ..Sessions::default()
        };
        assert_eq!(
            told(&written),
            [
                "/codex/sessions Some(Codex)",
                "/mine None",
                "/laptop None synced"
            ]
        );
    }
}
