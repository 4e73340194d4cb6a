//! Which file is recorded to, where several hubs and several processes may be told the same name?

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

/// How many hubs of this process recorded to files.
static RECORDED: AtomicU32 = AtomicU32::new(0);

/// Creates it, or empties what an earlier run left. `%p` is the number of the process; in a directory each process has its own file. The
/// second hub of a process, or a process that finds the file in use, adds `.2` to the name, and so on.
pub(super) fn create(path: &Path) -> io::Result<File> {
    let named = if path.is_dir() { path.join("%p.ndjson") } else { path.to_owned() };
    let mut number = RECORDED.fetch_add(1, Ordering::Relaxed);
    loop {
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(name(&named, number))?;
        match file.try_lock() {
            Ok(()) => {
                file.set_len(0)?;
                return Ok(file);
            }
            Err(std::fs::TryLockError::WouldBlock) => number += 1,
            // what cannot be locked is not shared either, such as a pipe
            Err(std::fs::TryLockError::Error(_)) => return Ok(file),
        }
    }
}

fn name(named: &Path, number: u32) -> PathBuf {
    let mut name = named.to_string_lossy().replace("%p", &process::id().to_string());
    if number > 0 {
        name += &format!(".{}", number + 1);
    }
    name.into()
}
