//! How are the rows of the contract's two tables recognised in a step of the hub? SPEC §5 and §6.3, row by row.

use crate::observe::leaf;
use netsession_fsm::hub::{Call, Command, Hub, Input, Notice, Output, Timer};
use netsession_fsm::link::LinkState;
use netsession_fsm::words::{Cause, ConfigurationId, ErrorKind, OfferKind, SessionId, SessionState};

/// One input, what came of it, and the hub after it.
#[derive(Debug, Clone, Copy)]
pub struct Exchanged<'a> {
    pub(super) input: &'a Input,
    pub(super) outputs: &'a [Output],
    pub(super) hub: &'a Hub,
}

/// A row: what the contract calls it, and whether a step is one.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Paragraph and row.
    pub name: &'static str,
    /// Whether this is one.
    pub is: fn(Exchanged<'_>) -> bool,
}

const fn row(name: &'static str, is: fn(Exchanged<'_>) -> bool) -> Row {
    Row { name, is }
}

impl Exchanged<'_> {
    /// A machine took such a step, handled or not; `*` is anything, and an event may be told by how its name begins.
    fn step(self, machine: &str, from: &str, event: &str, to: &str) -> bool {
        let leaf = |wanted: &str, found: &str| wanted == "*" || wanted == found;
        let begins = |found: &str| event == "*" || found.strip_prefix(event).is_some_and(|rest| rest.is_empty() || rest.starts_with(" ["));
        self.hub.steps().iter().any(|one| one.machine == machine && leaf(from, one.from) && begins(one.event) && leaf(to, one.to))
    }

    fn hold(self, from: &str, event: &str, to: &str) -> bool {
        self.step("session", from, event, to)
    }

    fn roam(self, from: &str, event: &str, to: &str) -> bool {
        self.step("roaming", from, event, to)
    }

    /// From there it went back to the old link, or, that being gone, to the next candidate or nowhere.
    fn back(self, from: &str, event: &str) -> bool {
        self.roam(from, event, "Stable") || self.roam(from, event, "Seeking") || self.roam(from, event, "Restoring")
    }

    fn call(self) -> Option<(SessionId, Call)> {
        if let Input::Request { session, call, .. } = self.input { Some((*session, *call)) } else { None }
    }

    fn opens(self) -> Option<SessionId> {
        self.call().and_then(|(id, call)| matches!(call, Call::Open { .. }).then_some(id))
    }

    fn closes(self) -> bool {
        matches!(self.call(), Some((_, Call::Close)))
    }

    fn stops(self) -> Option<SessionId> {
        self.call().and_then(|(id, call)| matches!(call, Call::Stop).then_some(id))
    }

    fn told(self, is: impl Fn(SessionId, &Notice) -> bool) -> bool {
        self.outputs.iter().any(|output| if let Output::Notice { session, notice, .. } = output { is(*session, notice) } else { false })
    }

    fn state(self, state: SessionState) -> bool {
        self.told(|_, notice| *notice == Notice::StateChanged(state))
    }

    fn says(self, wanted: &Notice) -> bool {
        self.told(|_, notice| notice == wanted)
    }

    fn error(self, kind: ErrorKind) -> bool {
        self.told(|_, notice| matches!(notice, Notice::Error(error) if error.kind == kind))
    }

    fn because(self, cause: Cause) -> bool {
        self.told(|_, notice| matches!(notice, Notice::Error(error) if error.cause == cause))
    }

    fn offered(self, kind: OfferKind) -> bool {
        self.told(|_, notice| matches!(notice, Notice::PreferredConfigurationChanged(offer) if offer.kind == kind))
    }

    fn withdrawn(self) -> bool {
        self.told(|_, notice| matches!(notice, Notice::OfferWithdrawn(_)))
    }

    fn commands(self, is: impl Fn(&Command) -> bool) -> bool {
        self.outputs.iter().any(|output| if let Output::Command(command) = output { is(command) } else { false })
    }

    fn raises(self) -> bool {
        self.commands(|command| matches!(command, Command::Raise { .. }))
    }

    fn lowers(self) -> bool {
        self.commands(|command| matches!(command, Command::Lower { .. }))
    }

    /// The session waits for a link that is on its way.
    fn waits_for_raising(self, id: SessionId) -> bool {
        let current = self.hub.session_view(id).and_then(|view| view.current);
        current.is_some_and(|link| leaf(self.hub, link) == LinkState::Raising)
    }

    fn configuration(self, id: SessionId) -> Option<ConfigurationId> {
        self.hub.snapshot(id).map(|snapshot| snapshot.configuration)
    }

    fn is_choice(self) -> bool {
        let chosen = |id| matches!(self.configuration(id), Some(ConfigurationId::UserChoice(_)));
        self.opens().is_some_and(chosen) && (self.hold("Free", "OpenRequested", "Wanting") || self.hold("Free", "OpenRequested", "Held"))
    }

    fn session_fires(self) -> bool {
        matches!(self.input, Input::Fired(Timer::Session(_)))
    }
}

/// The rows of SPEC §5.
pub const OPERATIONS: &[Row] = &[
    row("§5 open, Free, link Down", |it| {
        it.opens().is_some() && it.hold("Free", "OpenRequested", "Wanting") && it.step("link", "Down", "Wanted", "Raising") && it.raises()
    }),
    row("§5 open, Free, link Raising: joins", |it| {
        it.hold("Free", "OpenRequested", "Wanting") && !it.raises() && it.opens().is_some_and(|id| it.waits_for_raising(id))
    }),
    row("§5 open, Free, link Up: opened at once, no state change", |it| {
        it.opens().is_some_and(|id| {
            it.hold("Free", "OpenRequested [link up]", "Held")
                && it.says(&Notice::Opened)
                && !it.told(|other, notice| other == id && matches!(notice, Notice::StateChanged(_)))
        })
    }),
    row("§5 open, Free, nothing usable", |it| {
        it.opens().is_some() && it.hold("Free", "OpenRequested [nothing usable]", "Free") && it.error(ErrorKind::InvalidConfiguration)
    }),
    row("§5 open, Wanting: once more", |it| it.opens().is_some() && it.hold("Wanting", "OpenRequested", "Wanting")),
    row("§5 open, Held: once more", |it| it.opens().is_some() && it.hold("Held", "OpenRequested", "Held") && !it.says(&Notice::Opened)),
    row("§5 open on a service network: the next member", |it| it.hold("Wanting", "AttemptFailed [more to try]", "Wanting")),
    row("§5 open on a service network: all failed", |it| {
        it.hold("Wanting", "AttemptFailed [none left]", "Free") && it.error(ErrorKind::InvalidConfiguration)
    }),
    row("§5 open on a user choice: as chosen", |it| it.is_choice() && matches!(it.call(), Some((_, Call::Open { choice: Some(_) })))),
    row("§5 open on a user choice: the first in user order", |it| {
        it.is_choice() && matches!(it.call(), Some((_, Call::Open { choice: None })))
    }),
    row("§5 close, Wanting: cancelled, what we raised is lowered", |it| {
        it.closes() && it.hold("Wanting", "CloseRequested", "Free") && it.lowers() && it.says(&Notice::Closed)
    }),
    row("§5 close, Held, others hold", |it| {
        it.closes() && it.hold("Held", "CloseRequested", "Free") && !it.step("link", "*", "Released", "*") && it.says(&Notice::Closed)
    }),
    row("§5 close, Held, last, we raised the link", |it| {
        it.closes()
            && it.hold("Held", "CloseRequested", "Free")
            && it.step("link", "Up", "Released", "Lowering")
            && it.state(SessionState::Closing)
            && it.says(&Notice::Closed)
    }),
    row("§5 close, Held, last, the link was up before us", |it| {
        it.closes() && it.hold("Held", "CloseRequested", "Free") && it.step("link", "Up", "Released", "Up") && !it.lowers()
    }),
    row("§5 close, Free: nothing", |it| it.closes() && it.hold("Free", "CloseRequested", "Free") && it.outputs.len() == 1),
    row("§5 stop, link Up", |it| {
        it.stops().is_some() && it.hold("Held", "StopRequested", "Free") && it.step("link", "Up", "Forced", "Lowering")
    }),
    row("§5 stop, link Raising", |it| it.stops().is_some() && it.step("link", "Raising", "Forced", "Lowering")),
    row("§5 stop: another holder is aborted", |it| {
        it.stops().is_some_and(|id| {
            let closed = |other| it.told(|session, notice| session == other && *notice == Notice::Closed);
            it.told(|other, notice| {
                other != id && closed(other) && matches!(notice, Notice::Error(error) if error.kind == ErrorKind::SessionAborted)
            })
        })
    }),
    row("§5 stop: a monitor sees state only", |it| {
        it.stops().is_some_and(|id| {
            let more = |other| it.told(|session, notice| session == other && !matches!(notice, Notice::StateChanged(_)));
            it.told(|other, notice| other != id && !more(other) && *notice == Notice::StateChanged(SessionState::Closing))
        })
    }),
    row("§5 stop, not permitted", |it| it.stops().is_some() && it.because(Cause::NotAuthorised) && !it.says(&Notice::Closed)),
    row("§5 stop, the executor cannot", |it| it.stops().is_some() && it.because(Cause::CannotStartStop) && !it.says(&Notice::Closed)),
    row("§5 connect timeout", |it| it.session_fires() && it.hold("Wanting", "AttemptFailed", "*") && it.lowers()),
    row("§5 link lost while Held, nowhere to roam", |it| {
        it.hold("Held", "Lost", "Free") && it.says(&Notice::Closed) && it.error(ErrorKind::SessionAborted)
    }),
    row("§5 configuration removed", |it| it.because(Cause::Removed)),
    row("§5 opens again by itself: an explicit option", |it| it.session_fires() && it.hold("Free", "OpenRequested", "*")),
];

/// The rows of SPEC §6.3.
pub const HANDSHAKE: &[Row] = &[
    row("§6.3 Stable, candidate appears", |it| it.roam("Stable", "CandidateFound", "Offered") && it.offered(OfferKind::Upgrade)),
    row("§6.3 Offered, migrate", |it| it.roam("Offered", "Migrate", "Migrating") && it.raises() && it.state(SessionState::Roaming)),
    row("§6.3 Offered, ignore, upgrade", |it| it.roam("Offered", "Ignore", "Stable")),
    row("§6.3 Offered, ignore, downgrade: next offer", |it| it.roam("Offered", "Ignore", "Seeking") && it.offered(OfferKind::Downgrade)),
    row("§6.3 Offered, ignore, downgrade: lost", |it| it.roam("Offered", "Ignore", "Seeking") && it.because(Cause::Declined)),
    row("§6.3 Offered, candidate vanishes", |it| {
        (it.roam("Offered", "CandidateVanished", "Stable") || it.roam("Offered", "CandidateVanished", "Seeking")) && it.withdrawn()
    }),
    row("§6.3 Offered, a better candidate", |it| it.roam("Offered", "CandidateFound", "Offered") && it.withdrawn()),
    row("§6.3 Offered, deadline", |it| it.roam("Offered", "Expired", "*") && it.withdrawn()),
    row("§6.3 Offered, old link lost", |it| it.roam("Offered", "OldLost", "Offered") && it.state(SessionState::Roaming)),
    row("§6.3 Migrating, candidate up", |it| {
        it.roam("Migrating", "CandidateUp", "Trial") && it.told(|_, notice| matches!(notice, Notice::NewConfigurationActivated { .. }))
    }),
    row("§6.3 Migrating, candidate fails", |it| it.back("Migrating", "CandidateLost") && it.error(ErrorKind::Roaming)),
    row("§6.3 Migrating, timeout", |it| it.back("Migrating", "Expired") && it.error(ErrorKind::Roaming)),
    row("§6.3 Trial, accept", |it| {
        it.roam("Trial", "Accept", "Committing") && it.commands(|command| matches!(command, Command::Prefer { .. }))
    }),
    row("§6.3 Committing, confirmed", |it| it.roam("Committing", "Confirmed", "Stable") && it.state(SessionState::Connected)),
    row("§6.3 Committing, refused", |it| it.back("Committing", "Refused") && it.error(ErrorKind::Roaming)),
    row("§6.3 Committing, timeout", |it| it.back("Committing", "Expired") && it.error(ErrorKind::Roaming)),
    row("§6.3 Committing, candidate lost", |it| it.back("Committing", "CandidateLost") && it.error(ErrorKind::Roaming)),
    row("§6.3 Trial, reject", |it| it.roam("Trial", "Reject", "Stable") && it.state(SessionState::Connected)),
    row("§6.3 Trial, deadline", |it| it.back("Trial", "Expired") && it.withdrawn()),
    row("§6.3 Trial, candidate lost", |it| it.back("Trial", "CandidateLost") && it.error(ErrorKind::Roaming)),
    row("§6.3 Trial, old lost", |it| it.roam("Trial", "OldLost", "Trial")),
    row("§6.3 Trial, reject after the old was lost", |it| it.roam("Trial", "Reject", "Seeking")),
    row("§6.3 a better candidate, considered after the handshake", |it| {
        it.roam("*", "*", "Stable") && it.roam("Stable", "CandidateFound", "Offered")
    }),
    row("§6.3 any, close", |it| it.closes() && it.roam("*", "Ended", "Stable") && it.roam_ended() && it.says(&Notice::Closed)),
    row("§6.3 any, stop", |it| it.stops().is_some() && it.roam_ended() && it.says(&Notice::Closed)),
    row("§6.3 any, owner dies", |it| matches!(it.input, Input::Drop(_)) && it.roam_ended()),
    row("§6.3 lost, because roaming failed", |it| it.hold("Held", "Lost", "Free") && it.error(ErrorKind::Roaming)),
];

impl Exchanged<'_> {
    /// A handshake was under way, and ended with its session.
    fn roam_ended(self) -> bool {
        ["Offered", "Migrating", "Trial", "Committing", "Restoring"].iter().any(|phase| self.roam(phase, "Ended", "Stable"))
    }
}
