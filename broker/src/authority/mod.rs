//! Who may do what? Asked of polkit, or of a policy file.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// What a client wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Act {
    /// Create sessions and open them; scan.
    Open,
    /// Take links down whoever holds them.
    StopOthers,
    /// Open an access point rather than a service network, or say which option of a user choice to take.
    ChooseAccessPoints,
    /// See sessions of others, and the broker's counters.
    Observe,
    /// Remove configurations, ask for less traffic.
    Configure,
}

impl Act {
    /// Every act.
    pub const ALL: [Self; 5] = [Self::Open, Self::StopOthers, Self::ChooseAccessPoints, Self::Observe, Self::Configure];

    /// What it is called in policies and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::StopOthers => "stop-others",
            Self::ChooseAccessPoints => "choose-access-points",
            Self::Observe => "observe",
            Self::Configure => "configure",
        }
    }
}

/// Who wants to do it, as the bus says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The unique name of its connection.
    pub bus_name: Arc<str>,
    /// Its user.
    pub uid: u32,
    /// Its process; 0 if the bus does not know.
    pub pid: u32,
}

/// Whether it may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It may.
    Allowed,
    /// It may not; says why, and what would change that.
    Denied(String),
}

/// Says who may do what. A verdict is asked for each time; one that is slow holds up the client that it is about and nobody else.
pub trait Authority: Send + Sync + fmt::Debug {
    /// May `subject` do this? `interactive`: the client can wait for a person who is asked for a password.
    fn check(&self, subject: &Subject, act: Act, interactive: bool) -> Pin<Box<dyn Future<Output = Verdict> + Send + '_>>;
}

/// On a bus of one user: that user may do everything, nobody else anything.
#[derive(Debug, Clone, Copy)]
pub struct Everyone {
    /// The user.
    pub uid: u32,
}

impl Authority for Everyone {
    fn check(&self, subject: &Subject, act: Act, _interactive: bool) -> Pin<Box<dyn Future<Output = Verdict> + Send + '_>> {
        let verdict = if subject.uid == self.uid {
            Verdict::Allowed
        } else {
            Verdict::Denied(format!("`{}` is for user {} alone, you are {}", act.name(), self.uid, subject.uid))
        };
        Box::pin(std::future::ready(verdict))
    }
}
