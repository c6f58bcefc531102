//! A `crontab` command that keeps its file in the world's home, and writes down how it was called.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::World;

const SCRIPT: &str = r#"#!/bin/sh
echo "$1" >>"$HOME/crontab.calls"
if [ -f "$HOME/crontab.broken" ]; then cat "$HOME/crontab.broken" >&2; exit 1; fi
case "$1" in
-l) if [ -f "$HOME/crontab" ]; then cat "$HOME/crontab"; else echo "no crontab for tester" >&2; exit 1; fi ;;
-) cat >"$HOME/crontab.new"
   if [ -f "$HOME/crontab.strict" ] && [ -n "$(tail -c 1 "$HOME/crontab.new")" ]; then
       echo "new crontab file is missing newline before EOF, can't install." >&2; exit 1
   fi
   mv "$HOME/crontab.new" "$HOME/crontab" ;;
-r) rm "$HOME/crontab" ;;
esac
"#;

/// The command, and the crontab behind it.
pub struct FakeCrontab {
    home: PathBuf,
}

impl FakeCrontab {
    /// Installs the command in a world; there is no crontab yet, and a cron daemon runs.
    pub fn new(world: &World) -> Self {
        let home = world.home();
        let program = world.crontab_program();
        fs::write(&program, SCRIPT).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let fake = Self { home };
        fake.daemons("init\ncron\n");
        fake
    }

    pub fn set(&self, text: impl AsRef<[u8]>) {
        fs::write(self.home.join("crontab"), text).unwrap();
    }

    pub fn get(&self) -> Option<Vec<u8>> {
        fs::read(self.home.join("crontab")).ok()
    }

    /// The entry between our markers.
    pub fn entry(&self) -> String {
        let text = String::from_utf8(self.get().unwrap()).unwrap();
        text.lines()
            .find(|line| line.contains(" tick "))
            .unwrap()
            .to_owned()
    }

    /// From now on it fails with this message.
    pub fn break_with(&self, message: &str) {
        fs::write(self.home.join("crontab.broken"), message).unwrap();
    }

    /// From now on it takes no text whose last line has no end, as Debian's.
    pub fn be_strict(&self) {
        fs::write(self.home.join("crontab.strict"), "").unwrap();
    }

    /// How it was called since the last question.
    pub fn calls(&self) -> Vec<String> {
        let calls = self.home.join("crontab.calls");
        let text = fs::read_to_string(&calls).unwrap_or_default();
        let _ = fs::remove_file(&calls);
        text.lines().map(str::to_owned).collect()
    }

    /// The processes that run.
    pub fn daemons(&self, names: &str) {
        fs::write(self.home.join("processes"), names).unwrap();
    }
}
