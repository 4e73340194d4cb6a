//! What the link machine tells of itself.

use super::{LinkEffect, LinkEvent, LinkMemory, LinkState};
use crate::step::{Chart, Effects, Verdict, step};
use crate::words::{Cause, ConfigurationState};

const fn reported(state: ConfigurationState, settled: bool) -> LinkEvent {
    LinkEvent::Reported { state, settled, cause: Cause::Unknown }
}

impl Chart for LinkMemory {
    type Leaf = LinkState;
    type Event = LinkEvent;
    type Effect = LinkEffect;

    const NAME: &'static str = "link";
    const INITIAL: LinkState = LinkState::Undefined;
    const LEAVES: &'static [LinkState] = &[
        LinkState::Absent,
        LinkState::Undefined,
        LinkState::Defined,
        LinkState::Down,
        LinkState::Raising,
        LinkState::Up,
        LinkState::Lowering,
    ];
    const ALPHABET: &'static [LinkEvent] = &[
        reported(ConfigurationState::Absent, true),
        reported(ConfigurationState::Absent, false),
        LinkEvent::Reported { state: ConfigurationState::Absent, settled: true, cause: Cause::BackendGone },
        reported(ConfigurationState::Undefined, true),
        reported(ConfigurationState::Undefined, false),
        reported(ConfigurationState::Defined, true),
        reported(ConfigurationState::Defined, false),
        reported(ConfigurationState::Discovered, true),
        reported(ConfigurationState::Discovered, false),
        reported(ConfigurationState::Active, true),
        reported(ConfigurationState::Active, false),
        LinkEvent::Wanted,
        LinkEvent::Released,
        LinkEvent::Unwatched,
        LinkEvent::Forced,
        LinkEvent::Expired,
    ];

    fn leaf_name(leaf: LinkState) -> &'static str {
        match leaf {
            LinkState::Absent => "Absent",
            LinkState::Undefined => "Undefined",
            LinkState::Defined => "Defined",
            LinkState::Down => "Down",
            LinkState::Raising => "Raising",
            LinkState::Up => "Up",
            LinkState::Lowering => "Lowering",
        }
    }

    fn superstates(leaf: LinkState) -> &'static [&'static str] {
        match leaf {
            LinkState::Absent | LinkState::Undefined | LinkState::Defined | LinkState::Down => &["Idle"],
            LinkState::Raising | LinkState::Up => &["Standing"],
            LinkState::Lowering => &[],
        }
    }

    fn event_name(event: LinkEvent) -> &'static str {
        match event {
            LinkEvent::Reported { state: ConfigurationState::Absent, cause: Cause::BackendGone, .. } => "Reported Absent [executor gone]",
            LinkEvent::Reported { state, settled, .. } => match (state, settled) {
                (ConfigurationState::Absent, true) => "Reported Absent",
                (ConfigurationState::Absent, false) => "Reported Absent [operation under way]",
                (ConfigurationState::Undefined, true) => "Reported Undefined",
                (ConfigurationState::Undefined, false) => "Reported Undefined [operation under way]",
                (ConfigurationState::Defined, true) => "Reported Defined",
                (ConfigurationState::Defined, false) => "Reported Defined [operation under way]",
                (ConfigurationState::Discovered, true) => "Reported Discovered",
                (ConfigurationState::Discovered, false) => "Reported Discovered [operation under way]",
                (ConfigurationState::Active, true) => "Reported Active",
                (ConfigurationState::Active, false) => "Reported Active [operation under way]",
            },
            LinkEvent::Wanted => "Wanted",
            LinkEvent::Released => "Released",
            LinkEvent::Unwatched => "Unwatched",
            LinkEvent::Forced => "Forced",
            LinkEvent::Expired => "Expired",
        }
    }

    fn memory_name(self, _: LinkState) -> &'static str {
        if self.ours { "raised by us" } else { "" }
    }

    fn step(&mut self, leaf: &mut LinkState, event: &LinkEvent, effects: &mut Effects<LinkEffect>) -> Verdict {
        step(self, leaf, event, effects)
    }
}
