//! How many processes, network namespaces and open files are there? Those of the lab, seen from within.

use crate::rig::Trouble;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::time::Duration;

/// As it is at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Census {
    pub(super) processes: usize,
    pub(super) namespaces: usize,
    pub(super) descriptors: usize,
}

/// How long the ends of threads and processes are waited for.
const PATIENCE: u32 = 100;
const PACE: Duration = Duration::from_millis(100);

fn names(path: &str) -> impl Iterator<Item = String> + use<> {
    fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.file_name().to_string_lossy().into_owned())
}

/// Processes of the namespace of this one; `None` where one ended meanwhile, or is of another.
fn member(process: &str, space: u64) -> Option<BTreeSet<u64>> {
    let inode = |path: String| fs::metadata(path).ok().map(|it| it.ino());
    let of_it = inode(format!("/proc/{process}/ns/pid"))? == space;
    // nobody waits for one that has ended and has no parent
    let ended = fs::read(format!("/proc/{process}/cmdline")).ok()?.is_empty();
    let networks = names(&format!("/proc/{process}/task")).filter_map(|task| inode(format!("/proc/{process}/task/{task}/ns/net")));
    (of_it && !ended).then(|| networks.collect())
}

impl Census {
    pub(super) fn take() -> Result<Self, Trouble> {
        let space = fs::metadata("/proc/self/ns/pid")?.ino();
        let members: Vec<_> = names("/proc").filter_map(|name| member(&name, space)).collect();
        let namespaces = members.iter().flatten().collect::<BTreeSet<_>>().len();
        Ok(Self { processes: members.len(), namespaces, descriptors: names("/proc/self/fd").count() })
    }

    /// What there is more than before, when nothing ends any more.
    pub(super) async fn since(&self) -> Result<Self, Trouble> {
        let mut tries = 0;
        loop {
            let now = Self::take()?;
            let more = Self {
                processes: now.processes.saturating_sub(self.processes),
                namespaces: now.namespaces.saturating_sub(self.namespaces),
                descriptors: now.descriptors.saturating_sub(self.descriptors),
            };
            tries += 1;
            if tries > PATIENCE || (more.processes, more.namespaces, more.descriptors) == (0, 0, 0) {
                return Ok(more);
            }
            tokio::time::sleep(PACE).await;
        }
    }
}
