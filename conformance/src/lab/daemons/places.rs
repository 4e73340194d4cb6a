//! Where do daemons of the lab keep their things? In places of their own, over those of the machine, which they never see.

use super::PLACE;
use crate::lab::LabError;
use nix::mount::{MsFlags, mount};
use std::fmt::Write;
use std::fs;
use std::io;
use std::path::Path;

/// The directories daemons write to, or are configured by, besides `/run`, which every lab has for itself. Those that are missing
/// on this machine are left out.
const DIRECTORIES: [&str; 5] = ["/var/lib", "/var/run", "/etc/NetworkManager", "/etc/connman", "/etc/hostapd"];

/// Puts an empty file system of the lab's own over a directory.
pub(in crate::lab) fn private(directory: &str) -> Result<(), LabError> {
    file_system(directory, "mode=755")
}

/// Puts an empty file system of the lab's own over a directory, with room for so many bytes.
///
/// # Errors
/// If it is refused; the directory must be there.
pub fn small(directory: &str, bytes: usize) -> Result<(), LabError> {
    file_system(directory, &format!("mode=755,size={bytes}"))
}

fn file_system(directory: &str, options: &str) -> Result<(), LabError> {
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    let mounted = mount(Some("tmpfs"), directory, Some("tmpfs"), flags, Some(options));
    mounted.map_err(io::Error::from).map_err(LabError::system(format!("mount a file system of its own on {directory}")))
}

/// Puts the lab's own directories in place. Before any daemon is started.
///
/// `/sys` is that of the lab's network, and read-only: NetworkManager waits for udev wherever it can write to `/sys`, and nobody
/// is there to tell it (measured on NetworkManager 1.42.4: every device stays unmanaged).
pub(super) fn settle() -> Result<(), LabError> {
    for directory in DIRECTORIES {
        let path = Path::new(directory);
        // `/var/run` is `/run` on most machines
        if path.is_dir() && !path.is_symlink() {
            private(directory)?;
        }
    }
    let flags = MsFlags::MS_RDONLY | MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    let mounted = mount(Some("sysfs"), "/sys", Some("sysfs"), flags, None::<&str>);
    mounted.map_err(io::Error::from).map_err(LabError::system("mount /sys of the lab's network"))?;
    let files = || {
        fs::create_dir_all(PLACE)?;
        fs::create_dir_all("/run/dbus")?;
        let resolver = Path::new(PLACE).join("resolv.conf");
        fs::write(&resolver, "")?;
        if Path::new("/etc/resolv.conf").exists() {
            mount(Some(&resolver), "/etc/resolv.conf", None::<&str>, MsFlags::MS_BIND, None::<&str>)?;
        }
        Ok(())
    };
    files().map_err(LabError::system(format!("make the lab's place {PLACE}")))
}

/// Puts a file system of the lab's own over a directory, with what was there and these files, by name.
///
/// # Errors
/// If something is refused; the directory must be there.
pub fn overlay(directory: &str, files: &[(&str, &str)]) -> Result<(), LabError> {
    let copy = || {
        let mut kept = Vec::new();
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            if let (Some(name), true) = (path.file_name(), path.is_file()) {
                kept.push((name.to_owned(), fs::read(&path)?));
            }
        }
        Ok(kept)
    };
    let kept = copy().map_err(LabError::system(format!("read {directory}")))?;
    private(directory)?;
    let given = files.iter().map(|(name, text)| (name.into(), text.as_bytes().to_vec()));
    let write = || kept.into_iter().chain(given).try_for_each(|(name, text)| fs::write(Path::new(directory).join(name), text));
    write().map_err(LabError::system(format!("write to {directory}")))
}

/// Lets the lab know these users, and nobody else: names and numbers; each is in a group of its own, of the same name and number,
/// and in those that are named. Before anything that looks users up.
///
/// # Errors
/// If something is refused.
pub fn users(users: &[(&str, u32)], groups: &[(&str, u32, &[&str])]) -> Result<(), LabError> {
    let mut passwd = "root:x:0:0:root:/:/bin/sh\n".to_owned();
    let mut group = "root:x:0:\n".to_owned();
    for (name, number) in users {
        let _ = writeln!(passwd, "{name}:x:{number}:{number}::/:/bin/sh");
        let _ = writeln!(group, "{name}:x:{number}:");
    }
    for (name, number, members) in groups {
        let _ = writeln!(group, "{name}:x:{number}:{}", members.join(","));
    }
    let place = || {
        fs::create_dir_all(PLACE)?;
        for (name, text) in [("passwd", passwd), ("group", group)] {
            let file = Path::new(PLACE).join(name);
            fs::write(&file, text)?;
            mount(Some(&file), Path::new("/etc").join(name).as_path(), None::<&str>, MsFlags::MS_BIND, None::<&str>)?;
        }
        Ok(())
    };
    place().map_err(LabError::system("give the lab users of its own"))
}
