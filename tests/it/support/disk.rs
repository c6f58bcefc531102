//! A real disk that is soon full.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::real_tools_required;

/// A small file system in memory, gone with the value.
pub struct SmallDisk {
    folder: PathBuf,
}

impl SmallDisk {
    /// Mounts one as `small` in this folder. `None` says on the terminal that nobody but root can; root must.
    #[track_caller]
    pub fn mount(parent: &Path, kib: u32) -> Option<Self> {
        let folder = parent.join("small");
        fs::create_dir(&folder).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={kib}k"), "tmpfs"])
            .arg(&folder)
            .output()
            .is_ok_and(|output| output.status.success());
        assert!(
            mounted || !real_tools_required() || !rustix::process::geteuid().is_root(),
            "root can mount a tmpfs"
        );
        if !mounted {
            eprintln!("not tested: mounting a tmpfs needs root");
        }
        mounted.then_some(Self { folder })
    }

    /// Takes over what is mounted on a folder.
    pub fn mounted(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// Where it is mounted.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Leaves not a byte free.
    pub fn fill(&self) {
        let mut filler = fs::File::create(self.folder.join("filler")).unwrap();
        for size in [64 * 1024, 4096, 512, 1] {
            while filler.write_all(&vec![0; size]).is_ok() {}
        }
    }

    /// Frees what was filled.
    pub fn empty(&self) {
        fs::remove_file(self.folder.join("filler")).unwrap();
    }

    /// Makes it read-only.
    pub fn freeze(&self) {
        let frozen = Command::new("mount")
            .args(["-o", "remount,ro"])
            .arg(&self.folder)
            .output()
            .unwrap();
        assert!(frozen.status.success(), "{frozen:?}");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount")
            .arg("--lazy")
            .arg(&self.folder)
            .status();
    }
}
