//! What an executor is: the trait, and its contract C1 to C13.
//!
//! An executor carries out the hub's commands on a real system and reports what happened (SPEC §1, §2). It decides nothing.
//!
//! - **C1** Every report on a link is the whole state of that link: state, newest finished operation, cause.
//! - **C2** The `generation` of a link's reports strictly grows; order of delivery is order of generation.
//! - **C3** An operation is reported `done` only when its effect is true on the system, or will not become true (SPEC §9).
//! - **C4** Every `Raise` and `Lower` is sooner or later covered by `done`; commands on one link are carried out in order, a `Lower`
//!   cancels a `Raise` under way.
//! - **C5** `Raise` of a link that is already Active changes nothing on it and is done at once.
//! - **C6** A link that was Active before the first `Raise` is left as found, unless a `Lower` says otherwise.
//! - **C7** Every change of a link's state is reported, one report per change, without polling where the system can tell.
//! - **C8** If changes may have been missed: exactly one `Resync` with every link of the executor, operations no longer carried on
//!   covered by `done` (SPEC §9).
//! - **C9** If the daemon behind it is lost: `Gone` once, then nothing but the `Resync` that says it is back.
//! - **C10** A raised link carries traffic of sockets bound to it, and does not take over the system default route from another
//!   link; only `Prefer` moves that. A new `Prefer` supersedes the ones before it; only the newest is answered. A
//!   preferred link that leaves Active is preferred no more: when it is up again, it waits for the next `Prefer`.
//! - **C11** A failed or cancelled `Raise` and every `Lower` leave nothing behind; a link that leaves Active by itself keeps only
//!   what is needed to notice its return, until a `Lower`.
//! - **C12** `shutdown` puts everything back as found, also when the process is asked to end in the middle of anything.
//! - **C13** A process that is killed leaves links as they are; told of them before its first event, the executor of the next one takes
//!   them over ([`Executor::adopt`]): those that are up carry on without a gap, what was under way is taken back or carried on, and a
//!   `Lower` or `shutdown` puts everything back as the *earlier* process found it. What others changed meanwhile stays theirs.

pub use crate::left::{Left, Notebook};
use netsession_fsm::hub::{Command, Report};
use netsession_fsm::words::{AccessPointId, Bearer, Capabilities, ExecutorId, Metered};
use std::fmt;
use std::net::IpAddr;
use std::task::{Context, Poll};

/// The usable side of a link: what an application needs to send through it (SPEC §1 *link*). All of one generation.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Carrier {
    /// Name of the interface.
    pub interface: String,
    /// Index of the interface, 0 where there is none (simulator).
    pub index: u32,
    /// Addresses on it.
    pub addresses: Vec<IpAddr>,
    /// Next hop of its default route, if it has one.
    pub gateway: Option<IpAddr>,
    /// Name servers that belong to it.
    pub dns: Vec<IpAddr>,
}

/// How far traffic gets through a link, as far as somebody looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Connectivity {
    /// Nobody looked.
    #[default]
    Unknown,
    /// Nowhere.
    None,
    /// A captive portal answers for everybody else.
    Portal,
    /// Not as far as the internet.
    Limited,
    /// As far as whoever looked wanted to get.
    Full,
}

/// What an executor knows of an access point besides how its link stands. What the configuration says goes before it.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Attributes {
    /// What carries it.
    pub bearer: Bearer,
    /// Whether it costs by volume.
    pub metered: Metered,
    /// How far traffic gets; `Unknown` while the link is not up.
    pub connectivity: Connectivity,
    /// Name of the interface it is on, or would be raised on; `None` if that is not known yet.
    pub interface: Option<String>,
}

/// Something an executor tells the drive loop.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// What is known of an access point, told before the first report that needs it, and again when it changes.
    Attributes(AccessPointId, Attributes),
    /// The carrier of a link, told before the report that makes it Active, and again when it changes.
    Carrier(AccessPointId, Carrier),
    /// A report for the hub.
    Report(Report),
}

/// An interchangeable executor. All methods return at once; none may block the drive loop.
pub trait Executor: Send + fmt::Debug {
    /// What it is called: `sim`, `netlink`, …
    fn name(&self) -> &'static str;

    /// Which executor it is in this process.
    fn id(&self) -> ExecutorId;

    /// What it can do, over all its links (SPEC §10). It may learn better: looked at with each of its events.
    fn capabilities(&self) -> Capabilities;

    /// Tells it, once and before anything else is asked of it, what an earlier process left on the same system, and where to write down
    /// what a later one has to know (C13). Never called: nothing was left, and nothing is written down.
    ///
    /// The note says what of all there is was added by the earlier process and how it was found before, and how far that was:
    ///
    /// | in `left.raised` | in the note | on the system | |
    /// |---|---|---|---|
    /// | yes | raised | up as noted | taken over: the `Resync` says Active, its `Lower` puts it back as the earlier process found it |
    /// | yes | raised | lost, not gone | taken over as a link that left Active (C11), until a `Lower` |
    /// | yes | being raised, or lowered | half done | put back as found, before the `Resync`; a daemon at work on it is joined |
    /// | no | raised | | nobody wants it: put back as found, before the `Resync` |
    /// | yes | nothing, or not what is there | up | somebody else's: left alone, also by the first `Lower`, which is done at once |
    /// | no | stopped, though Active before | | stays stopped; `shutdown` brings it back (C12) |
    ///
    /// Links of `left.up` that are not Active any more are reported with the cause of that: `TakenDown` where the system says nothing else.
    /// The same for the default route of `left.preferred`: without one, what the earlier process did for it is taken back at once.
    /// Without a note, or with one of a form that is not known, the executor takes the cautious reading, each says which in its
    /// documentation: what could be of others stays.
    fn adopt(&mut self, left: Left, notebook: Notebook);

    /// Takes a command. Commands to other executors' access points are never given to it.
    fn act(&mut self, command: Command);

    /// The next event. The first one is a `Resync` with every link.
    ///
    /// `None` means the executor has ended, after `shutdown` or because it cannot go on; then it has put everything back.
    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<Event>>;

    /// Asks it to put everything back as found and to end (C12); `poll_event` then ends with `None`.
    fn shutdown(&mut self);
}

impl<E: Executor + ?Sized> Executor for Box<E> {
    fn name(&self) -> &'static str {
        (**self).name()
    }

    fn id(&self) -> ExecutorId {
        (**self).id()
    }

    fn capabilities(&self) -> Capabilities {
        (**self).capabilities()
    }

    fn adopt(&mut self, left: Left, notebook: Notebook) {
        (**self).adopt(left, notebook);
    }

    fn act(&mut self, command: Command) {
        (**self).act(command);
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<Event>> {
        (**self).poll_event(context)
    }

    fn shutdown(&mut self) {
        (**self).shutdown();
    }
}
