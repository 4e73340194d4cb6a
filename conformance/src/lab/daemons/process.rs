//! How is a daemon of the lab started, stopped and killed?

use super::{PLACE, Program, eventually, with_wall_clock};
use crate::lab::LabError;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::fs::{self, OpenOptions};
use std::io;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A process of the lab. It is killed when it is dropped.
#[derive(Debug)]
pub struct Daemon {
    name: String,
    child: Child,
}

impl Daemon {
    /// The command of a program whose words go to a log of this name, printed when the lab fails.
    pub(super) fn command(program: Program, name: &str) -> Result<Command, LabError> {
        let path = program.path().ok_or_else(|| LabError::Daemon {
            name: program.name().into(),
            what: format!("not installed: needs the Debian package {}", program.package()),
        })?;
        let mut command = Command::new(path);
        command.current_dir("/");
        logged(name, &mut command)?;
        Ok(command)
    }

    /// Starts a program of the project's own that is to run like a daemon; its words go to a log of this name, printed when the lab fails.
    /// It is shown the lab's wall clock ([`super::WallClock`]).
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn run(name: &str, mut command: Command) -> Result<Self, LabError> {
        logged(name, &mut command)?;
        with_wall_clock(&mut command);
        Self::start(name, command)
    }

    /// Takes a process that was started from such a command.
    pub(super) fn new(name: &str, child: Child) -> Self {
        Self { name: name.into(), child }
    }

    /// Starts it on this side.
    pub(super) fn start(name: &str, mut command: Command) -> Result<Self, LabError> {
        let child = command.spawn().map_err(LabError::system(format!("start {name}")))?;
        Ok(Self::new(name, child))
    }

    /// The number of its process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end, with SIGTERM, and waits until it did.
    ///
    /// # Errors
    /// If it does not end, or had ended before.
    pub async fn stop(&mut self) -> Result<(), LabError> {
        self.ended()?;
        self.signal(Signal::SIGTERM)?;
        self.wait().await
    }

    /// Kills it, with SIGKILL, and waits until it is gone.
    ///
    /// # Errors
    /// If it had ended before.
    pub async fn kill(&mut self) -> Result<(), LabError> {
        self.ended()?;
        self.signal(Signal::SIGKILL)?;
        self.wait().await
    }

    /// Holds it up: it is there and answers nothing, until [`Daemon::thaw`].
    ///
    /// # Errors
    /// If it ended.
    pub fn freeze(&mut self) -> Result<(), LabError> {
        self.ended()?;
        self.signal(Signal::SIGSTOP)
    }

    /// Lets it go on.
    ///
    /// # Errors
    /// If it ended.
    pub fn thaw(&mut self) -> Result<(), LabError> {
        self.ended()?;
        self.signal(Signal::SIGCONT)
    }

    /// Lets it go on for about so long, and waits until it is held up again: microseconds.
    ///
    /// # Errors
    /// If it ended.
    pub async fn slice(&mut self, length: Duration) -> Result<(), LabError> {
        self.thaw()?;
        let until = Instant::now() + length;
        // to sleep takes longer
        while Instant::now() < until {
            std::hint::spin_loop();
        }
        self.freeze()?;
        let stat = format!("/proc/{}/stat", self.child.id());
        // (proc_pid_stat(5)): the state is after the name in parentheses
        let held = async || fs::read_to_string(&stat).is_ok_and(|stat| stat.contains(") T ")).then_some(());
        eventually(&format!("{} held up", self.name), held).await
    }

    /// An error if it ended by itself.
    pub(super) fn ended(&mut self) -> Result<(), LabError> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => Err(LabError::Daemon { name: self.name.clone(), what: format!("it ended: {status}") }),
            Err(error) => Err(LabError::system(format!("look at {}", self.name))(error)),
        }
    }

    fn signal(&self, signal: Signal) -> Result<(), LabError> {
        let pid = i32::try_from(self.child.id()).map(Pid::from_raw).map_err(io::Error::other);
        let sent = pid.and_then(|pid| kill(pid, signal).map_err(io::Error::from));
        sent.map_err(LabError::system(format!("send {signal} to {}", self.name)))
    }

    async fn wait(&mut self) -> Result<(), LabError> {
        let child = &mut self.child;
        let gone = async || child.try_wait().ok().flatten();
        eventually(&format!("the end of {}", self.name), gone).await.map(drop)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // not if this thread gave up the right to: then it ends with the lab
        if self.child.kill().is_ok() {
            let _ = self.child.wait();
        }
    }
}

/// Lets a command write to a log and read nothing.
fn logged(name: &str, command: &mut Command) -> Result<(), LabError> {
    let log = log(name)?;
    let errors = log.try_clone().map_err(LabError::system("write a log"))?;
    command.stdin(Stdio::null()).stdout(log).stderr(errors);
    Ok(())
}

fn logs() -> PathBuf {
    PathBuf::from(PLACE).join("log")
}

/// Opens a log of this name to write to, printed when the lab fails.
///
/// # Errors
/// If it cannot be written.
pub fn log(name: &str) -> Result<fs::File, LabError> {
    let open = || {
        fs::create_dir_all(logs())?;
        OpenOptions::new().create(true).append(true).open(logs().join(name))
    };
    open().map_err(LabError::system(format!("write the log of {name}")))
}

/// Whether a log contains this.
pub(super) fn has_said(name: &str, what: &str) -> bool {
    fs::read(logs().join(name)).is_ok_and(|said| String::from_utf8_lossy(&said).contains(what))
}

/// Prints what the daemons of this lab said, to standard error.
pub(in crate::lab) fn print_logs() {
    // none if no daemon was started
    let Ok(entries) = fs::read_dir(logs()) else { return };
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    for file in files {
        let said = fs::read(&file).unwrap_or_default();
        eprintln!("--- {}\n{}", file.display(), String::from_utf8_lossy(&said).trim_end());
    }
}
