//! Did every hub in a lab do what the machine says? Whoever drives one in a lab records, and all of it is judged when the lab ends.

use netsession_model::judge::{Fault, recording};
use std::fs::{self, File, Permissions};
use std::io::{self, BufReader};
use std::os::unix::fs::PermissionsExt;

/// The variable that has programs record.
pub(super) const VARIABLE: &str = "NETSESSION_RECORD";
/// The directory of the recordings, in the lab's own `/run`.
pub(super) const PLACE: &str = "/run/netsession-recordings";

/// Makes the place where every user of the lab may record.
pub(super) fn prepare() -> io::Result<()> {
    fs::create_dir_all(PLACE)?;
    fs::set_permissions(PLACE, Permissions::from_mode(0o1777))
}

/// Judges all there are, and tells the first that is not good. Processes that the lab killed, or that it leaves running, have recorded no
/// end: they are judged as far as they go. This process must have ended what it recorded.
pub(super) fn judge() -> Result<(), String> {
    let mut files = fs::read_dir(PLACE).and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(|error| format!("{PLACE}: {error}"))?;
    files.sort_by_key(fs::DirEntry::file_name);
    for file in files {
        let path = file.path();
        let text = File::open(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let judged = recording(BufReader::new(text), &mut |_| {});
        let is_ours = judged.header.as_ref().is_some_and(|header| header.process == std::process::id());
        match judged.fault {
            None => {}
            Some(Fault::Truncated(_) | Fault::Empty) if !is_ours => {}
            Some(fault) => return Err(format!("{}: {fault}\n{}", path.display(), judged.story)),
        }
    }
    Ok(())
}
