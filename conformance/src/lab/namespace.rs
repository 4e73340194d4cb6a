//! How does a process get a network of its own? It leaves for fresh user, network and mount namespaces, without privilege.

use super::LabError;
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::signal::Signal;
use nix::unistd::{getgid, getuid};
use std::fs;
use std::io;
use std::process::{Child, Command, Stdio};

const NAMESPACES: &str = "user namespaces must be allowed: sysctl user.max_user_namespaces > 0, kernel.unprivileged_userns_clone=1 (Debian), \
     kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu); in a container its seccomp profile must allow unshare(2)";
/// The number of somebody who is not root, and whom every system knows: a bus lets in no user without a name.
const STRANGER: u32 = 1;
/// How many others there are, numbered from the stranger on; the same numbers as groups.
const OTHERS: u32 = 8;
const THREADS: &str = "enter the lab before any thread is started: the kernel moves single-threaded processes only";
const SYSCTL: &str =
    "strict reverse path filtering drops answers on links that are not the default route's: sysctl net.ipv4.conf.all.rp_filter=0";

/// Takes this process, which must still be single-threaded, into user, network and mount namespaces of its own, where it is root.
/// It is killed when its parent dies.
///
/// # Errors
/// [`LabError::Refused`] if the kernel does not allow it, with what to do about it.
pub fn enter() -> Result<(), LabError> {
    let refused = |step, advice| move |error: io::Error| LabError::Refused { step, source: error, advice };
    nix::sys::prctl::set_pdeathsig(Signal::SIGKILL).map_err(io::Error::from).map_err(refused("prctl(PR_SET_PDEATHSIG)", NAMESPACES))?;
    let (user, group) = (getuid(), getgid());
    let mapper = if user.is_root() { others().ok() } else { None };
    let flags = CloneFlags::CLONE_NEWUSER | CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWNS;
    unshare(flags).map_err(|error| {
        let advice = if error == nix::errno::Errno::EINVAL { THREADS } else { NAMESPACES };
        refused("unshare(2) of user, network and mount namespaces", advice)(error.into())
    })?;
    // a process that has left the namespace of root cannot give itself other users of it
    if let Some(mapper) = mapper {
        let _ = mapper.wait_with_output();
    }
    let mapped = |map| fs::read_to_string(map).is_ok_and(|map| !map.is_empty());
    if !mapped("/proc/self/uid_map") {
        fs::write("/proc/self/uid_map", format!("0 {user} 1")).map_err(refused("mapping the user to root", NAMESPACES))?;
    }
    if !mapped("/proc/self/gid_map") {
        fs::write("/proc/self/setgroups", "deny").map_err(refused("denying setgroups", NAMESPACES))?;
        fs::write("/proc/self/gid_map", format!("0 {group} 1")).map_err(refused("mapping the group to root", NAMESPACES))?;
    }
    let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    mount(None::<&str>, "/", None::<&str>, private, None::<&str>)
        .map_err(io::Error::from)
        .map_err(refused("making mounts private", NAMESPACES))?;
    quiet_network()
}

/// A process that stays behind and, told by the end of its input, maps root and others, users and groups, for this one.
fn others() -> io::Result<Child> {
    let map =
        format!("read -r _; for map in gid_map uid_map; do printf '0 0 1\\n{STRANGER} {STRANGER} {OTHERS}\\n' >/proc/$PPID/$map; done");
    Command::new("sh").args(["-c", &map]).stdin(Stdio::piped()).stderr(Stdio::null()).spawn()
}

/// Gives the calling thread a network namespace of its own.
pub(super) fn new_network() -> Result<(), LabError> {
    let error = |error: nix::errno::Errno| LabError::Refused {
        step: "unshare(2) of a network namespace for the router",
        source: error.into(),
        advice: NAMESPACES,
    };
    unshare(CloneFlags::CLONE_NEWNET).map_err(error)?;
    quiet_network()
}

/// The calling thread's network namespace, as something devices can be moved to.
pub(super) fn network() -> Result<fs::File, LabError> {
    fs::File::open("/proc/thread-self/ns/net").map_err(LabError::system("open /proc/thread-self/ns/net"))
}

/// Takes all privileges from the calling thread, for good. Threads started before keep theirs.
///
/// # Errors
/// If the kernel refuses it.
pub fn give_up_privileges() -> Result<(), LabError> {
    use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities};
    let none = CapabilitySet::empty();
    let sets = CapabilitySets { effective: none, permitted: none, inheritable: none };
    set_capabilities(None, sets).map_err(io::Error::from).map_err(LabError::system("give up capabilities"))
}

/// Whether [`become_stranger`] and [`become_user`] are possible here: only if root entered the lab, since nobody else may be two users.
#[must_use]
pub fn can_become_stranger() -> bool {
    fs::read_to_string("/proc/self/uid_map").is_ok_and(|map| map.lines().count() > 1)
}

/// Makes the calling thread that of another user, without privileges, for good: to daemons it is not root. Threads started before,
/// and connections opened before, stay what they are.
///
/// # Errors
/// If there is no other user here ([`can_become_stranger`]).
pub fn become_stranger() -> Result<(), LabError> {
    become_user(STRANGER)
}

/// The same, for one of the users 1 to 8.
///
/// # Errors
/// If there is no such user here ([`can_become_stranger`]).
pub fn become_user(user: u32) -> Result<(), LabError> {
    let uid = rustix::thread::Uid::from_raw(user);
    let changed = rustix::thread::set_thread_res_uid(uid, uid, uid);
    changed.map_err(io::Error::from).map_err(LabError::system(format!("become user {user}")))
}

/// No duplicate address detection (addresses are usable at once), no dropping of answers that come in on another link.
fn quiet_network() -> Result<(), LabError> {
    for which in ["all", "default"] {
        // a kernel without IPv6, or a read-only /proc/sys: what matters is checked below
        let _ = fs::write(format!("/proc/sys/net/ipv6/conf/{which}/accept_dad"), "0");
        let _ = fs::write(format!("/proc/sys/net/ipv4/conf/{which}/rp_filter"), "0");
        let path = format!("/proc/sys/net/ipv4/conf/{which}/rp_filter");
        let strict = fs::read_to_string(path).map_err(LabError::system("read rp_filter"))?.trim() == "1";
        if strict {
            let source = io::Error::from(io::ErrorKind::PermissionDenied);
            return Err(LabError::Refused { step: "turning reverse path filtering off", source, advice: SYSCTL });
        }
    }
    Ok(())
}
