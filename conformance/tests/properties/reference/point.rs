//! What is known of an access point: what happened to it, and whether its link is up on the system.

use netsession_conformance::scenario::Place;
use netsession_conformance::scenario::words::{Ends, Event, Standing};
use netsession_fsm::words::RadioId;

/// An access point.
pub(super) struct Point {
    /// It is usable, by all that happened to it.
    pub(super) reach: bool,
    /// Its link is up.
    pub(super) up: bool,
    /// Somebody else may have brought its link up: nobody has to lower it.
    pub(super) foreign: bool,
    pub(super) raise: Ends,
    pub(super) radio: Option<RadioId>,
}

impl Point {
    pub(super) fn new(place: &Place) -> Self {
        let found_up = place.standing == Standing::FoundUp;
        let reach = found_up || place.standing == Standing::Usable;
        Self { reach, up: found_up, foreign: found_up, raise: place.raise, radio: place.attributes.radio }
    }

    /// Raising it ends well, and nobody else's radio is needed for it.
    pub(super) fn is_easy(&self) -> bool {
        self.raise == Ends::Well && self.radio.is_none()
    }

    pub(super) fn happens(&mut self, event: Event, radio_is_free: bool) {
        match event {
            Event::Cut | Event::LosesCredentials => self.reach = false,
            Event::Mended => self.reach = true,
            // another program has the same radio: it cannot either
            Event::BroughtUp if radio_is_free => (self.reach, self.foreign) = (true, true),
            Event::Raise(ends) => self.raise = ends,
            Event::BroughtUp
            | Event::TakenDown
            | Event::LosesCarrier
            | Event::Prefer(_)
            | Event::Duplicate
            | Event::Late
            | Event::Carries(_) => {}
        }
    }

    /// Its link was seen to come up or go down.
    pub(super) fn is(&mut self, up: bool) {
        self.up = up;
        self.foreign &= up;
    }

    /// What a session that is not open shows of it (SPEC §4).
    pub(super) fn rank(&self) -> u8 {
        if self.up { 2 } else { u8::from(self.reach) }
    }
}
