//! What is left of a lab that was killed? Its processes and namespaces, looked for from outside.

use super::suite::Outside;
use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Longer than the kernel takes, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Says that the lab stands as it is to be killed, and waits for that.
pub async fn stay_until_killed() {
    println!("stands");
    std::future::pending().await
}

/// What there was of a lab when it was killed. Now none of it is there any more.
#[derive(Debug)]
pub struct Killed {
    /// Names of its processes.
    pub processes: BTreeSet<String>,
    /// Inodes of its network namespaces.
    pub networks: BTreeSet<u64>,
}

impl Outside {
    /// Starts a hidden lab, waits until it stands ([`stay_until_killed`]), kills it with SIGKILL, and waits until nothing of it is
    /// left: no process, no network namespace.
    ///
    /// # Errors
    /// If it does not come to stand, or something of it is left.
    pub fn kill(self, name: &str) -> Result<Killed, Box<dyn Error>> {
        let mut child = self.lab(name)?.stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        if line != "stands\n" {
            return Err(format!("{name} does not stand: {line:?}, {}", child.wait()?).into());
        }
        let space = inode(format!("/proc/{}/ns/pid_for_children", child.id()).as_ref()).ok_or("no process namespace")?;
        let networks: BTreeSet<u64> = members(space).into_iter().flat_map(|process| process.networks).collect();
        let processes = members(space).into_iter().map(|process| process.name).collect();
        child.kill()?;
        child.wait()?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = left(space, &networks);
            if left.is_empty() {
                return Ok(Killed { processes, networks });
            }
            if Instant::now() > deadline {
                return Err(format!("left of the killed lab: {left:?}").into());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

#[derive(Debug)]
struct Process {
    name: String,
    space: Option<u64>,
    /// Of all its threads.
    networks: BTreeSet<u64>,
}

fn inode(path: &Path) -> Option<u64> {
    Some(fs::metadata(path).ok()?.ino())
}

/// All processes we may look at.
fn processes() -> Vec<Process> {
    let numbered = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().bytes().all(|byte| byte.is_ascii_digit());
    let list =
        |path: &Path| fs::read_dir(path).into_iter().flatten().flatten().filter(numbered).map(|entry| entry.path()).collect::<Vec<_>>();
    let look = |path: &std::path::PathBuf| Process {
        name: fs::read_to_string(path.join("comm")).unwrap_or_default().trim().into(),
        space: inode(&path.join("ns/pid")),
        networks: list(&path.join("task")).iter().filter_map(|thread| inode(&thread.join("ns/net"))).collect(),
    };
    list("/proc".as_ref()).iter().map(look).collect()
}

/// Those of a process namespace.
fn members(space: u64) -> Vec<Process> {
    processes().into_iter().filter(|process| process.space == Some(space)).collect()
}

fn left(space: u64, networks: &BTreeSet<u64>) -> Vec<Process> {
    let of_it = |process: &Process| process.space == Some(space) || !process.networks.is_disjoint(networks);
    processes().into_iter().filter(of_it).collect()
}
