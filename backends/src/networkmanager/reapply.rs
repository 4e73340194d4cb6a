//! How does NetworkManager itself move a default route? It applies the device's settings anew, with another metric (`prefer.rs`).

use super::link::Link;
use super::prefer::FAMILIES;
use super::task::{Answer, Task, Timer};
use crate::netlink::metric::before;
use netsession_fsm::words::Cause;
use std::time::Duration;
use tokio::time::Instant;

/// How long NetworkManager may take to apply routes: milliseconds, unless it waits for a router's advertisement.
const REAPPLY: Duration = Duration::from_secs(5);

/// Once in a while NetworkManager 1.42.4 forgets the IPv6 address of a device it applies settings to (1 of 15, measured): its routes are
/// back and the address is not. Applied again, it comes back.
const FORGOTTEN: Duration = Duration::from_millis(150);
/// How often it is asked for if something of a device does not come back.
const ATTEMPTS: u32 = 5;

/// A device whose routes have other metrics through us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Applied {
    /// Its interface.
    pub(super) index: u32,
    /// The metrics its profile asks for.
    own: [i64; 2],
    /// The metric it is given; `None`: it gets its own back.
    now: Option<u32>,
    /// The metric it had before that, if it was ours.
    before: Option<u32>,
    /// Which families had a default route: they are to have it again.
    families: [bool; 2],
    /// How often it was asked for.
    attempts: u32,
    /// An address seems to be forgotten: it is not waited for as long as for others.
    hurried: bool,
}

impl Task {
    /// Whether a device's routes are moved this way: it interrupts nothing on it, or there is no other.
    pub(super) fn applies(&self, index: u32) -> bool {
        let gentle = |link: &Link| {
            let profile = link.uuid.as_deref().and_then(|uuid| self.objects.profile(uuid));
            profile.is_some_and(|(_, profile)| {
                let [v4, v6] = profile.methods.each_ref().map(String::as_str);
                v4 == "manual" && matches!(v6, "disabled" | "ignore")
            })
        };
        let preferred = self.routing.preferred.filter(|at| self.index(*at) == Some(index));
        self.routing.forbidden || preferred.is_some_and(|at| gentle(&self.links[at]))
    }

    /// Has NetworkManager give a device's routes a metric before `others`; gives whether that is under way, `false` if there is no
    /// such metric and the kernel is to do it.
    pub(super) fn reapply(&mut self, index: u32, others: &[u32], v6: bool) -> Result<bool, Cause> {
        if let Some((_, cause)) = self.routing.refused.filter(|(refused, _)| *refused == index) {
            return Err(cause);
        }
        let Some((path, own)) = self.applicable(index) else {
            return if self.routing.forbidden { Err(Cause::NotAuthorised) } else { Ok(false) };
        };
        let Some(metric) = before(self.options.prefer_metric, others, v6).filter(|metric| *metric > 0) else {
            // what was preferred before goes back to its own place first
            return if self.routing.forbidden { self.give_back_all_but(index).then_some(true).ok_or(Cause::Route) } else { Ok(false) };
        };
        let applied = self.routing.applied.get(&path).copied();
        let families = FAMILIES.map(|v6| self.own_way_out(index, v6).is_some());
        let (own, before) = applied.map_or((own, None), |applied| (applied.own, applied.now));
        self.routing.applied.insert(path.clone(), Applied { index, own, now: Some(metric), before, families, attempts: 1, hurried: false });
        self.apply(path, [i64::from(metric); 2]);
        Ok(true)
    }

    /// The device of an interface, and the metrics of the profile that is active on it.
    fn applicable(&self, index: u32) -> Option<(String, [i64; 2])> {
        let (path, device) = self.objects.device_of(self.facts.name(index)?)?;
        let active = self.objects.actives.get(&device.active)?;
        let (_, profile) = self.objects.profile(&active.uuid)?;
        Some((path.to_owned(), profile.metrics))
    }

    fn apply(&mut self, path: String, metrics: [i64; 2]) {
        let Some(bus) = self.bus.clone() else { return };
        self.set_reapplying(&path, true);
        self.routing.busy = Some((path.clone(), false));
        self.timers.insert(Timer::Reapply, Instant::now() + REAPPLY);
        self.note();
        self.ask(async move {
            let reapplied = bus.reapply(&path, metrics).await;
            Answer::Reapplied(path, reapplied)
        });
    }

    fn set_reapplying(&mut self, path: &str, reapplying: bool) {
        let on: Vec<usize> =
            (0..self.links.len()).filter(|at| self.device(&self.links[*at]).is_some_and(|(device, _)| device == path)).collect();
        on.into_iter().for_each(|at| self.links[at].reapplying = reapplying);
    }

    /// NetworkManager took the new metrics, or refused them. It applies them after it has answered.
    pub(super) fn reapplied(&mut self, path: &str, reapplied: Result<(), Cause>) {
        match reapplied {
            Ok(()) => self.routing.busy = Some((path.to_owned(), true)),
            Err(cause) => {
                tracing::warn!(device = path, %cause, "networkmanager: a device does not take another metric");
                self.refuse(path, cause);
            }
        }
    }

    /// Whether the device whose settings are applied anew is as it was, but for its metrics: then it is watched again.
    pub(super) fn applied_anew(&mut self) {
        let Some((path, true)) = self.routing.busy.clone() else { return };
        let active = self.objects.devices.get(&path).is_some_and(|device| self.objects.actives.contains_key(&device.active));
        let applied = self.routing.applied.get(&path).filter(|_| active).copied();
        let Some(applied) = applied else { return self.finish(&path, false) };
        let metric = |v6| self.own_way_out(applied.index, v6).map(|route| route.metric);
        let has =
            |v6| if applied.now.is_some() { metric(v6) == applied.now } else { metric(v6).is_some_and(|now| Some(now) != applied.before) };
        let had: Vec<bool> = FAMILIES.into_iter().zip(applied.families).filter(|(_, had)| *had).map(|(v6, _)| v6).collect();
        // a route without a usable address would be used with that of another interface
        let usable = self.facts.addresses(applied.index);
        if had.iter().all(|v6| has(*v6) && usable.iter().any(|address| address.is_ipv6() == *v6)) {
            return self.finish(&path, applied.now.is_some());
        }
        let forgotten = had.iter().any(|v6| has(*v6) && !self.facts.has_address(applied.index, *v6));
        if forgotten
            && let Some(applied) = self.routing.applied.get_mut(&path)
            && !std::mem::replace(&mut applied.hurried, true)
        {
            self.timers.insert(Timer::Reapply, Instant::now() + FORGOTTEN);
        }
    }

    /// Applying is over; `keep`: the device has a metric of ours.
    fn finish(&mut self, path: &str, keep: bool) {
        self.routing.busy = None;
        self.timers.remove(&Timer::Reapply);
        if !keep {
            self.routing.applied.remove(path);
        }
        self.set_reapplying(path, false);
    }

    fn refuse(&mut self, path: &str, cause: Cause) {
        self.routing.refused = self.routing.applied.get(path).map(|applied| (applied.index, cause));
        self.finish(path, false);
    }

    /// Routes had time enough to be applied.
    pub(super) fn reapply_overdue(&mut self) {
        let Some((path, _)) = self.routing.busy.clone() else { return };
        let facts = &self.facts;
        let here =
            |applied: &Applied| FAMILIES.into_iter().zip(applied.families).all(|(v6, had)| !had || facts.has_address(applied.index, v6));
        if let Some(applied) = self.routing.applied.get_mut(&path).filter(|applied| applied.hurried && here(applied)) {
            // it was not forgotten: it is being checked for duplicates
            applied.hurried = false;
            self.timers.insert(Timer::Reapply, Instant::now() + REAPPLY);
            return;
        }
        match self.routing.applied.get_mut(&path).filter(|applied| applied.attempts < ATTEMPTS) {
            Some(applied) => {
                applied.attempts += 1;
                applied.hurried = false;
                let metrics = applied.now.map_or(applied.own, |now| [i64::from(now); 2]);
                self.apply(path, metrics);
            }
            None => self.refuse(&path, Cause::Route),
        }
    }

    /// Gives devices that are not (any more) to have the default route the metrics of their profiles back, one at a time; gives
    /// whether one is under way.
    pub(super) fn give_back(&mut self, targets: [Option<u32>; 2]) -> bool {
        let kept = |applied: &Applied| targets.contains(&Some(applied.index));
        self.give_back_those(|applied| !kept(applied))
    }

    fn give_back_all_but(&mut self, index: u32) -> bool {
        self.give_back_those(|applied| applied.index != index)
    }

    fn give_back_those(&mut self, those: impl Fn(&Applied) -> bool) -> bool {
        while let Some(path) = self.routing.applied.iter().find(|(_, applied)| those(applied)).map(|(path, _)| path.clone()) {
            if self.routing.busy.is_some() {
                return true;
            }
            let active = self.objects.devices.get(&path).is_some_and(|device| self.objects.actives.contains_key(&device.active));
            match self.routing.applied.get_mut(&path) {
                Some(applied) if active && self.bus.is_some() => {
                    applied.before = applied.now.take();
                    (applied.attempts, applied.hurried) = (1, false);
                    let own = applied.own;
                    self.apply(path, own);
                    return true;
                }
                // it went with the connection
                _ => drop(self.routing.applied.remove(&path)),
            }
        }
        false
    }
}
