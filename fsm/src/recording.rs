//! How is a run of a hub written down? The lines of a recording: whoever drives a hub writes them, whoever judges the run reads them.
//!
//! A recording is text, one JSON value a line: a [`Header`], then [`Step`]s in order, and at the very end an [`End`]. A recording without
//! an end is of a program that was killed. [`Dropped`] stands where the recorder could not keep up.

use crate::hub::{Hub, Input, Output, Settings};
use crate::link::LinkState;
use crate::words::{AccessPointId, ExecutorId, Phase, Record, SessionId, SessionState};
use alloc::string::String;
use alloc::vec::Vec;

/// The version of the format that is written and read.
pub const FORMAT: u32 = 1;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// The first one.
    Header(Header),
    /// A step of the hub.
    Step(Step),
    /// Steps that are missing here.
    Dropped(Dropped),
    /// The last one.
    End(End),
}

/// What was recorded, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The version of the format: [`FORMAT`].
    pub netsession_recording: u32,
    /// Name and version of what drove the hub.
    pub program: String,
    /// Number of its process.
    pub process: u32,
    /// When it began: milliseconds since 1970, UTC.
    pub started: u64,
    /// The mistake the hub was made to make, for tests of the judge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mutant: Option<String>,
    /// Deadlines and delays of the hub.
    pub settings: Settings,
    /// The executors there were.
    pub executors: Vec<Named>,
}

/// An executor.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Its id.
    pub id: ExecutorId,
    /// What it is called.
    pub name: String,
}

/// One input, the batch of outputs that answered it, and how what it changed stands since.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its number, from 1.
    pub number: u64,
    /// Nanoseconds since the recording began, by a clock that only goes forward.
    pub at: u64,
    /// The input.
    pub input: Input,
    /// What the input defines is called so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The batch.
    pub outputs: Vec<Output>,
    /// The sessions it changed, that are still there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sessions: Vec<Standing>,
    /// The links it changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<LinkStanding>,
}

/// Steps that are not in the recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dropped {
    /// How many.
    pub steps: u64,
}

/// The end of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct End {
    /// How many steps the hub took.
    pub steps: u64,
    /// How many of them are not in the recording.
    pub dropped: u64,
    /// All sessions were let go of in order; else the hub was given up as it stood.
    pub closed: bool,
}

/// How a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// Which.
    pub session: SessionId,
    /// Its public state.
    pub state: SessionState,
    /// Whether it is open.
    pub open: bool,
    /// Phase of the handshake.
    pub phase: Phase,
    /// The access point tried, held, or to be gone back to.
    pub on: Option<AccessPointId>,
    /// The access point offered or tested.
    pub candidate: Option<AccessPointId>,
}

/// How a link stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkStanding {
    /// Which.
    pub access_point: AccessPointId,
    /// Where.
    pub state: LinkState,
    /// We raised it and have not lowered it since.
    pub ours: bool,
}

impl Step {
    /// The step a hub has just taken.
    #[must_use]
    pub fn of(hub: &Hub, number: u64, at: u64, input: &Input, outputs: &[Output]) -> Self {
        let (sessions, links) = changed(hub);
        Self { number, at, input: input.clone(), name: None, outputs: outputs.to_vec(), sessions, links }
    }
}

/// How everything stands that the last step of a hub changed.
#[must_use]
pub fn changed(hub: &Hub) -> (Vec<Standing>, Vec<LinkStanding>) {
    let (mut sessions, mut links) = (Vec::new(), Vec::<LinkStanding>::new());
    for record in hub.changed() {
        match record {
            Record::Session(id) => sessions.extend(Standing::of(hub, *id)),
            Record::Link(id) if links.iter().all(|known| known.access_point != *id) => links.extend(LinkStanding::of(hub, *id)),
            Record::Link(_) | Record::Hub => {}
        }
    }
    (sessions, links)
}

impl Standing {
    /// A session of a hub; `None` for one that is not there.
    #[must_use]
    pub fn of(hub: &Hub, session: SessionId) -> Option<Self> {
        let (snapshot, view) = (hub.snapshot(session)?, hub.session_view(session)?);
        let (state, open, phase) = (snapshot.state, snapshot.open, snapshot.phase);
        Some(Self { session, state, open, phase, on: view.current, candidate: view.candidate })
    }
}

impl LinkStanding {
    /// A link of a hub; `None` for one that was never defined.
    #[must_use]
    pub fn of(hub: &Hub, access_point: AccessPointId) -> Option<Self> {
        let view = hub.link_view(access_point)?;
        Some(Self { access_point, state: view.state, ours: view.ours })
    }
}
