//! Where does a file go that cannot be used?

use super::FILE;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// How many are kept; the oldest goes first.
const MOST: usize = 8;

/// Renames the file to one beside it that is not there yet; gives its new name. The last few are kept, for whoever wants to know what
/// happened.
pub(super) fn set(file: &Path) -> io::Result<PathBuf> {
    let number = |number: usize| file.with_file_name(format!("{FILE}.aside.{number}"));
    let free = (0..MOST).find(|place| !number(*place).exists());
    let place = match free {
        Some(place) => place,
        None => {
            let oldest = (0..MOST).min_by_key(|place| fs::metadata(number(*place)).and_then(|it| it.modified()).ok());
            oldest.unwrap_or_default()
        }
    };
    let there = number(place);
    fs::rename(file, &there)?;
    Ok(there)
}
