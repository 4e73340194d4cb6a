//! What the hold machine tells of itself.

use super::{Hold, HoldEffect, HoldEvent, HoldMemory, Prospect};
use crate::step::{Chart, Effects, Verdict, step};
use crate::words::{Cause, ErrorKind};

impl Chart for HoldMemory {
    type Leaf = Hold;
    type Event = HoldEvent;
    type Effect = HoldEffect;

    const NAME: &'static str = "session";
    const INITIAL: Hold = Hold::Free;
    const LEAVES: &'static [Hold] = &[Hold::Free, Hold::Wanting, Hold::Held];
    const ALPHABET: &'static [HoldEvent] = &[
        HoldEvent::OpenRequested(Prospect::Nothing(ErrorKind::InvalidConfiguration, Cause::NotAvailable)),
        HoldEvent::OpenRequested(Prospect::Down),
        HoldEvent::OpenRequested(Prospect::Up),
        HoldEvent::LinkUp,
        HoldEvent::AttemptFailed { more: true },
        HoldEvent::AttemptFailed { more: false },
        HoldEvent::CloseRequested,
        HoldEvent::StopRequested,
        HoldEvent::Lost(ErrorKind::SessionAborted, Cause::CarrierLost),
        HoldEvent::Aborted(Cause::Stopped),
    ];

    fn leaf_name(leaf: Hold) -> &'static str {
        match leaf {
            Hold::Free => "Free",
            Hold::Wanting => "Wanting",
            Hold::Held => "Held",
        }
    }

    fn superstates(leaf: Hold) -> &'static [&'static str] {
        match leaf {
            Hold::Free => &[],
            Hold::Wanting | Hold::Held => &["Engaged"],
        }
    }

    fn event_name(event: HoldEvent) -> &'static str {
        match event {
            HoldEvent::OpenRequested(Prospect::Nothing(..)) => "OpenRequested [nothing usable]",
            HoldEvent::OpenRequested(Prospect::Down) => "OpenRequested [link down]",
            HoldEvent::OpenRequested(Prospect::Up) => "OpenRequested [link up]",
            HoldEvent::LinkUp => "LinkUp",
            HoldEvent::AttemptFailed { more: true } => "AttemptFailed [more to try]",
            HoldEvent::AttemptFailed { more: false } => "AttemptFailed [none left]",
            HoldEvent::CloseRequested => "CloseRequested",
            HoldEvent::StopRequested => "StopRequested",
            HoldEvent::Lost(..) => "Lost",
            HoldEvent::Aborted(_) => "Aborted",
        }
    }

    fn memory_name(self, _: Hold) -> &'static str {
        ""
    }

    #[inline]
    fn step(&mut self, leaf: &mut Hold, event: &HoldEvent, effects: &mut Effects<HoldEffect>) -> Verdict {
        step(self, leaf, event, effects)
    }
}
