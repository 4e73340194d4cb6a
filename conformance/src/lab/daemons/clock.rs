//! What time is it for the project's programs in a lab? Only root can set the clock of the machine, so they are shown one of their own.

use super::{PLACE, Program, small};
use crate::lab::LabError;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Where the libraries of an architecture are, below which it has a folder of its own.
const LIBRARIES: &str = "/usr/lib";
/// The library for programs with threads.
const LIBRARY: &str = "faketime/libfaketimeMT.so.1";

/// Shared memory; the lab has its own, which vanishes with it.
const SEGMENTS: &str = "/dev/shm";

static SHOWN: OnceLock<WallClock> = OnceLock::new();

/// A wall clock for the project's programs that this process starts, by libfaketime: it runs as the machine's does, and jumps when it is
/// [set](Self::set). The monotonic clock, by which timers run, is that of the machine. Daemons of others are not shown it:
/// libfaketime shifts the times of `timerfd_settime` with the wall clock, whatever their clock, and NetworkManager aborts over that.
#[derive(Debug)]
pub struct WallClock {
    library: PathBuf,
    file: PathBuf,
}

impl WallClock {
    /// Programs that are started from now on are shown this clock; it has the machine's time until it is set.
    ///
    /// # Errors
    /// If libfaketime is not installed, the lab cannot have shared memory of its own, or the clock's file cannot be written.
    pub fn show() -> Result<&'static Self, LabError> {
        if let Some(clock) = SHOWN.get() {
            return Ok(clock);
        }
        let needs = Program::Faketime;
        let library = library().ok_or_else(|| LabError::Daemon {
            name: needs.name().into(),
            what: format!("no {LIBRARIES}/*/{LIBRARY}: needs the Debian package {}", needs.package()),
        })?;
        // each program has a segment there, which stays behind when it is killed
        small(SEGMENTS, 1 << 20)?;
        let clock = Self { library, file: Path::new(PLACE).join("wall-clock") };
        clock.set(0)?;
        Ok(SHOWN.get_or_init(|| clock))
    }

    /// The clock jumps: it is so many seconds ahead of the machine's from now on; a negative number: behind it.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn set(&self, seconds: i64) -> Result<(), LabError> {
        let write = || {
            fs::create_dir_all(PLACE)?;
            // programs look at it at any time: it is never half written
            let next = self.file.with_extension("next");
            fs::write(&next, format!("{seconds:+}"))?;
            fs::rename(&next, &self.file)
        };
        write().map_err(LabError::system("set the lab's wall clock"))
    }

    fn apply(&self, command: &mut Command) {
        command.env("LD_PRELOAD", &self.library).env("FAKETIME_TIMESTAMP_FILE", &self.file);
        for setting in ["FAKETIME_NO_CACHE", "FAKETIME_DONT_FAKE_MONOTONIC", "NO_FAKE_STAT"] {
            command.env(setting, "1");
        }
    }
}

/// Shows a command the lab's wall clock, if it has one of its own.
pub fn with_wall_clock(command: &mut Command) {
    if let Some(clock) = SHOWN.get() {
        clock.apply(command);
    }
}

fn library() -> Option<PathBuf> {
    let folders = fs::read_dir(LIBRARIES).ok()?.flatten();
    folders.map(|folder| folder.path().join(LIBRARY)).find(|library| library.is_file())
}
