//! How does a lab end with everything it started? Its process is the first of a process namespace; the kernel does the rest.

use super::{LabError, recordings};
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::signal::Signal;
use std::io::{self, Read};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

/// The variable in which libraries of D-Bus look for the system bus.
const SYSTEM_BUS: &str = "DBUS_SYSTEM_BUS_ADDRESS";
const ADVICE: &str = "process namespaces must be allowed: sysctl user.max_pid_namespaces > 0";

/// Runs this program again with these arguments, as the first process of a process namespace, and waits for it. Gives its exit code.
/// `bus` is where it and its children are to look for the system bus; all of them record what they do.
pub(super) fn start(argument: &str, name: &str, bus: &str) -> Result<u8, LabError> {
    let refused = |step| move |source: io::Error| LabError::Refused { step, source, advice: ADVICE };
    unshare(CloneFlags::CLONE_NEWPID).map_err(io::Error::from).map_err(refused("unshare(2) of a process namespace"))?;
    let program = std::env::current_exe().map_err(LabError::system("find this program"))?;
    // the end of this process is seen at the other end of its input
    let child = Command::new(program)
        .args([argument, name])
        .env(SYSTEM_BUS, bus)
        .env(recordings::VARIABLE, recordings::PLACE)
        .stdin(Stdio::piped())
        .spawn();
    let mut child = child.map_err(refused("the first process of a process namespace"))?;
    let input = child.stdin.take();
    let status = child.wait().map_err(LabError::system("wait for the lab"))?;
    drop(input);
    if let Some(signal) = status.signal() {
        eprintln!("the lab was ended by signal {signal}");
    }
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

/// Makes sure that this process ends with the one that started it, sees its own processes in `/proc`, and writes to a `/run` of its own.
pub(super) fn settle() -> Result<(), LabError> {
    nix::sys::prctl::set_pdeathsig(Signal::SIGKILL).map_err(io::Error::from).map_err(LabError::system("prctl(PR_SET_PDEATHSIG)"))?;
    // it may have ended before that
    let end_with_input = || {
        let _ = io::stdin().lock().read(&mut [0]);
        std::process::exit(1)
    };
    std::thread::Builder::new().name("warden".into()).spawn(end_with_input).map_err(LabError::system("start a thread"))?;
    // a kernel or a container that hides parts of /proc refuses this; then the numbers in /proc are those of outside
    let _ = mount(Some("proc"), "/proc", Some("proc"), MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC, None::<&str>);
    super::daemons::private("/run")?;
    recordings::prepare().map_err(LabError::system("make a place for recordings"))
}
