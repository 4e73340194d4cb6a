//! What breaks, all at once? Cables, leases, links, routes, the daemon, and the process of the hub; each is mended after a while.

use super::{Dice, Numbers, PLACES};
use crate::lab::Script;
use crate::rig::{Ground as _, Rig, Trouble};
use std::time::Duration;
use tokio::time::Instant;

/// How the daemon is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Daemon {
    Missing,
    Well,
    Frozen(Instant),
    Killed(Instant),
}

/// What is broken, and until when.
#[derive(Debug)]
pub(super) struct Faults {
    cables: [Option<Instant>; PLACES],
    leases: Option<Instant>,
    route: Option<Instant>,
    daemon: Daemon,
    numbers: Numbers,
}

/// The place that needs a lease.
pub(super) const LEASED: usize = 1;
/// How leases are usually given; for so short that they have to be kept.
const USUAL: Script = Script::Lease { time: Duration::from_secs(20), host: 100 };

fn due(until: Option<Instant>) -> bool {
    until.is_some_and(|until| until <= Instant::now())
}

impl Faults {
    pub(super) fn none<R: Rig>(numbers: Numbers) -> Self {
        let has_daemon = !R::excused().iter().any(|excused| excused.law == "daemons::");
        let daemon = if has_daemon { Daemon::Well } else { Daemon::Missing };
        Self { cables: [None; PLACES], leases: None, route: None, daemon, numbers }
    }

    /// Whether nobody can see how the links are.
    pub(super) const fn blind(&self) -> bool {
        matches!(self.daemon, Daemon::Frozen(_) | Daemon::Killed(_))
    }

    pub(super) const fn is_cut(&self, place: usize) -> bool {
        self.cables[place].is_some()
    }

    /// Something breaks.
    pub(super) async fn strike<R: Rig>(&mut self, rig: &mut R, dice: &mut Dice) -> Result<(), Trouble> {
        let deed = match dice.below(80) {
            0..=15 => self.cut(rig, dice).await?,
            16..=23 => self.take_down(rig, dice).await,
            24..=27 if self.leases.is_none() => {
                let late = Script::Late { by: dice.time(200, 3000), host: 101 };
                let script = dice.one(&[Script::Refuse, Script::Silent, Script::Silent, late]);
                rig.leases(LEASED, script)?;
                self.leases = Some(Instant::now() + dice.time(100, 12_000));
                Some("times without leases")
            }
            28..=31 if self.route.is_none() => rig.nail_route().await.is_ok().then(|| {
                self.route = Some(Instant::now() + dice.time(100, 5000));
                "default routes nailed down by others"
            }),
            32..=36 if self.daemon == Daemon::Well => {
                rig.freeze()?;
                self.daemon = Daemon::Frozen(Instant::now() + dice.time(50, 2500));
                Some("daemons frozen")
            }
            37..=40 if matches!(self.daemon, Daemon::Well | Daemon::Frozen(_)) => {
                rig.kill_daemon().await?;
                self.daemon = Daemon::Killed(Instant::now() + dice.time(1, 3500));
                Some("daemons killed")
            }
            41 => {
                R::Ground::stand_still(dice.time(100, 3000)).await;
                Some("times the hub's process stood still")
            }
            _ => None,
        };
        if let Some(deed) = deed {
            self.numbers.more(deed);
        }
        Ok(())
    }

    async fn cut<R: Rig>(&mut self, rig: &R, dice: &mut Dice) -> Result<Option<&'static str>, Trouble> {
        let place = dice.below(PLACES);
        if self.is_cut(place) {
            return Ok(None);
        }
        rig.unplug(place).await?;
        // some are back before anybody noticed
        let long = dice.one(&[5, 200, 1500, 5000]);
        self.cables[place] = Some(Instant::now() + dice.time(1, 1 + long));
        Ok(Some("cables cut"))
    }

    /// It may not be up, and then nothing happened.
    async fn take_down<R: Rig>(&self, rig: &R, dice: &mut Dice) -> Option<&'static str> {
        let place = dice.below(PLACES);
        let possible = !self.blind() && rig.is_up(place).await.is_ok_and(|up| up);
        (possible && rig.take_down(place).await.is_ok()).then_some("links taken down by others")
    }

    /// What was broken for long enough is mended.
    pub(super) async fn relent<R: Rig>(&mut self, rig: &mut R) -> Result<(), Trouble> {
        for place in 0..PLACES {
            if due(self.cables[place]) {
                rig.mend(place).await?;
                self.cables[place] = None;
            }
        }
        if due(self.leases) {
            rig.leases(LEASED, USUAL)?;
            self.leases = None;
        }
        if due(self.route) {
            // it went with its link, if that went
            let _ = rig.free_route().await;
            self.route = None;
        }
        match self.daemon {
            Daemon::Frozen(until) if due(Some(until)) => {
                rig.thaw()?;
                self.daemon = Daemon::Well;
            }
            Daemon::Killed(until) if due(Some(until)) => {
                rig.start_daemon().await?;
                self.daemon = Daemon::Well;
            }
            _ => {}
        }
        Ok(())
    }

    /// Everything is mended.
    pub(super) async fn heal<R: Rig>(&mut self, rig: &mut R) -> Result<(), Trouble> {
        let now = Some(Instant::now());
        self.cables = self.cables.map(|cut| cut.and(now));
        self.leases = self.leases.and(now);
        self.route = self.route.and(now);
        self.daemon = match self.daemon {
            Daemon::Frozen(_) => Daemon::Frozen(Instant::now()),
            Daemon::Killed(_) => Daemon::Killed(Instant::now()),
            well => well,
        };
        self.relent(rig).await
    }
}
