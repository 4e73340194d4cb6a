//! Where is a walk made, and with which deeds? Small worlds of the model, in which every access point begins as a scenario can say it.

use super::deed::{Ends, Reach};
use crate::world::{Calls, Plan, World};
use netsession_fsm::hub::Settings;
use netsession_fsm::words::{ConfigurationId, ConfigurationState, Mode, Requirements, UserChoiceId};
use std::time::Duration;

/// An access point at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Start {
    /// How it stands.
    pub(crate) state: ConfigurationState,
    /// How raising it ends.
    pub(crate) raise: Ends,
    /// How switching the default route to it ends.
    pub(crate) prefer: Ends,
    /// Lowering it ends, but far too late.
    pub(crate) lowers_late: bool,
}

/// Usable, and everything ends well.
pub(crate) const USABLE: Start = Start { state: ConfigurationState::Discovered, raise: Ends::Well, prefer: Ends::Well, lowers_late: false };
const AWAY: Start = Start { state: ConfigurationState::Defined, ..USABLE };
const FOUND_UP: Start = Start { state: ConfigurationState::Active, ..USABLE };
const FAILS: Start = Start { raise: Ends::Badly, ..USABLE };
const HANGS: Start = Start { raise: Ends::Never, ..USABLE };
const AWAY_FAILS: Start = Start { raise: Ends::Badly, ..AWAY };
const AWAY_HANGS: Start = Start { raise: Ends::Never, ..AWAY };

impl Start {
    fn reach(self) -> Reach {
        let plain = self.prefer == Ends::Well && !self.lowers_late;
        if plain { Reach::Links } else { Reach::Script }
    }
}

/// Which deeds there are beside what clients ask by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Deeds {
    /// Access points are cut and mended.
    pub(crate) cables: bool,
    /// Others take links down.
    pub(crate) taken: bool,
    /// What only a script can bring about: links are brought up, lose their credentials, behave otherwise from now on.
    pub(crate) script: bool,
    /// The daemon is killed, is back, and says how everything stands.
    pub(crate) daemon: bool,
    /// Configurations are removed.
    pub(crate) removed: bool,
    /// Answers nobody asked for.
    pub(crate) unasked: bool,
}

const CABLES: Deeds = Deeds { cables: true, taken: false, script: false, daemon: false, removed: false, unasked: false };

/// A world to walk in.
#[derive(Debug, Clone)]
pub(crate) struct Stage {
    /// What there is.
    pub(crate) world: World,
    /// The deeds.
    pub(crate) deeds: Deeds,
    /// How it may begin.
    pub(crate) starts: Vec<Vec<Start>>,
    /// Whether the access points' bearers matter.
    pub(crate) bearers: bool,
}

impl Stage {
    /// Where a run that begins so can be played, but for its deeds.
    pub(crate) fn reach(&self, start: &[Start]) -> Reach {
        let script = if self.bearers { Reach::Script } else { Reach::Links };
        start.iter().map(|place| place.reach()).fold(script, Ord::max)
    }
}

/// What the access points are called.
pub(crate) const PLACES: [&str; 3] = ["wlan", "phone", "hotspot"];

/// The contract's times, but what appears is offered at once.
fn settings() -> Settings {
    Settings { settle: Duration::ZERO, ..Settings::default() }
}

/// A world like that one, without bearers unless they matter, every fault left to the deeds.
fn like(world: World, bearers: bool) -> World {
    let mut world = World { settings: Settings { settle: world.settings.settle, ..settings() }, ..world };
    world.faults.budget = u8::MAX;
    if !bearers {
        for point in &mut world.access_points {
            (point.bearer, point.metered) = Default::default();
        }
        for plan in &mut world.sessions {
            plan.requirements = Requirements::NONE;
        }
    }
    world
}

fn stage(world: World, deeds: Deeds, starts: &[&[Start]]) -> Stage {
    Stage { world: like(world, false), deeds, starts: starts.iter().map(|start| start.to_vec()).collect(), bearers: false }
}

/// All of them.
pub(crate) fn stages() -> Vec<Stage> {
    let plain = || World::plain();
    let asks = Calls { request_roam: true, die: true, open_twice: true, stop: true, ..plain().calls };
    let two: &[&[Start]] = &[
        &[USABLE, USABLE],
        &[AWAY, USABLE],
        &[USABLE, AWAY],
        &[AWAY, AWAY],
        &[FAILS, USABLE],
        &[USABLE, FAILS],
        &[FAILS, FAILS],
        &[HANGS, USABLE],
        &[USABLE, HANGS],
        &[HANGS, HANGS],
        &[FOUND_UP, USABLE],
        &[USABLE, FOUND_UP],
    ];
    let later: &[&[Start]] = &[two, &[&[AWAY_FAILS, USABLE], &[AWAY_HANGS, USABLE]]].concat();
    let one: &[&[Start]] = &[&[USABLE], &[FOUND_UP], &[HANGS], &[AWAY], &[FAILS]];
    let all = Deeds { cables: true, taken: true, script: true, daemon: false, removed: false, unasked: false };
    let choices = vec![vec![ConfigurationId::AccessPoint(netsession_fsm::words::AccessPointId(1)), crate::world::NETWORK]];
    let choice = ConfigurationId::UserChoice(UserChoiceId(0));
    let mut stages = vec![
        stage(World { calls: asks, ..plain() }, Deeds { taken: true, ..CABLES }, later),
        stage(World { calls: Calls { modes: true, ..plain().calls }, ..plain() }, Deeds { unasked: true, ..CABLES }, &two[..2]),
        stage(World { calls: Calls { windows: true, request_roam: true, ..plain().calls }, ..plain() }, CABLES, &two[..2]),
        stage(World { sessions: vec![Plan::of(0, crate::world::NETWORK, Mode::Forced)], ..World::forced() }, CABLES, later),
        stage(World { calls: Calls { request_roam: true, ..plain().calls }, ..World::routes() }, CABLES, &two[..3]),
        stage(World::shared(), Deeds { taken: true, ..CABLES }, one),
        stage(World { choices, sessions: vec![Plan::of(0, choice, Mode::Application)], ..World::choice() }, CABLES, two),
        stage(World::radio(), CABLES, later),
        stage(
            World { calls: Calls { stop: true, die: true, ..plain().calls }, ..World::band() },
            CABLES,
            &[&[USABLE; 3], &[AWAY, USABLE, AWAY], &[AWAY_FAILS, USABLE, AWAY], &[AWAY_HANGS, USABLE, AWAY], &[AWAY, AWAY, USABLE]],
        ),
        stage(
            World {
                names: &["wlan", "phone", "hotspot"],
                access_points: World::band()
                    .access_points
                    .into_iter()
                    .map(|point| netsession_fsm::words::AccessPoint { radio: None, ..point })
                    .collect(),
                ..World::band()
            },
            CABLES,
            &[&[USABLE; 3], &[AWAY, AWAY, USABLE], &[AWAY, HANGS, USABLE]],
        ),
        stage(World::removal(), Deeds { removed: true, ..CABLES }, two),
        stage(World::fixed(), Deeds { taken: true, script: true, ..CABLES }, &two[..2]),
        stage(World::settle(), CABLES, &two[..2]),
        stage(World::scan(), Deeds { daemon: true, ..CABLES }, one),
        stage(World { calls: Calls { die: true, ..plain().calls }, ..plain() }, Deeds { daemon: true, ..CABLES }, later),
        stage(World { calls: Calls { stop: true, ..plain().calls }, ..World::late() }, all, one),
        stage(World::again(), Deeds { taken: true, ..CABLES }, &two[..3]),
        stage(plain(), CABLES, &[&[Start { prefer: Ends::Badly, ..AWAY }, USABLE], &[Start { prefer: Ends::Never, ..AWAY }, USABLE]]),
        stage(World::radio(), Deeds { script: true, ..CABLES }, &[&[AWAY, USABLE]]),
        stage(
            World::radio(),
            CABLES,
            &[&[Start { prefer: Ends::Badly, ..AWAY }, USABLE], &[Start { prefer: Ends::Never, ..AWAY }, USABLE]],
        ),
        stage(World::late(), all, &[&[Start { lowers_late: true, ..USABLE }]]),
    ];
    let wishes = World::wishes();
    stages.push(Stage { world: like(wishes, true), bearers: true, ..stage(plain(), CABLES, &two[..3]) });
    stages
}
