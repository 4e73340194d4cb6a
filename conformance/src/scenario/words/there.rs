//! What is there? Access points and how they are, deadlines.

use netsession_fsm::hub::Settings;
use netsession_fsm::words::{Bearer, Metered, Purpose};
use std::time::Duration;

/// A property of an access point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trait {
    /// How it stands at the start: out of reach (`away`), known and not usable (`forbidden`), in reach and not seen before a scan
    /// (`hidden`), up by somebody else's doing (`found up`).
    Stands(Standing),
    /// Raising it fails, or does not end.
    Raise(Ends),
    /// Raising it takes this long.
    RaiseDelay(Duration),
    /// Lowering it takes this long.
    LowerDelay(Duration),
    /// Switching the default route to it fails, or does not end.
    Prefer(Ends),
    /// What carries it.
    Bearer(Bearer),
    /// Who it is for.
    Purpose(Purpose),
    /// Whether it costs.
    Metered(Metered),
    /// The radio it shares.
    Radio(String),
    /// How long raising it may take.
    ConnectTimeout(Duration),
    /// Its executor cannot start and stop it.
    CannotStop,
}

/// How an access point stands at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Standing {
    /// In reach.
    #[default]
    Usable,
    /// Out of reach.
    Away,
    /// Known, without credentials.
    Forbidden,
    /// Out of reach until somebody scans.
    Hidden,
    /// Up.
    FoundUp,
}

/// How something that is to be carried out ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ends {
    /// Well.
    #[default]
    Well,
    /// Badly.
    Badly,
    /// Not at all.
    Never,
}

/// A deadline of the hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// `settle`
    Settle,
    /// `offer deadline`
    OfferDeadline,
    /// `trial deadline`
    TrialDeadline,
    /// `commit timeout`
    CommitTimeout,
    /// `suppression`
    Suppression,
    /// `back off`
    BackOff,
    /// `grace`
    Grace,
}

impl Setting {
    /// Each.
    pub const ALL: [Self; 7] =
        [Self::Settle, Self::OfferDeadline, Self::TrialDeadline, Self::CommitTimeout, Self::Suppression, Self::BackOff, Self::Grace];

    /// Sets it.
    pub fn set(self, settings: &mut Settings, to: Duration) {
        *match self {
            Self::Settle => &mut settings.settle,
            Self::OfferDeadline => &mut settings.offer_deadline,
            Self::TrialDeadline => &mut settings.trial_deadline,
            Self::CommitTimeout => &mut settings.commit_timeout,
            Self::Suppression => &mut settings.suppression,
            Self::BackOff => &mut settings.back_off,
            Self::Grace => &mut settings.grace,
        } = to;
    }

    /// How long it is.
    #[must_use]
    pub fn of(self, settings: &Settings) -> Duration {
        match self {
            Self::Settle => settings.settle,
            Self::OfferDeadline => settings.offer_deadline,
            Self::TrialDeadline => settings.trial_deadline,
            Self::CommitTimeout => settings.commit_timeout,
            Self::Suppression => settings.suppression,
            Self::BackOff => settings.back_off,
            Self::Grace => settings.grace,
        }
    }
}
