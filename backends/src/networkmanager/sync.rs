//! What if NetworkManager, or the bus, comes and goes? It is told once, and how everything stands is asked anew (C8, C9, SPEC §9).

use super::kernel::Facts;
use super::map;
use super::objects::{ACTIVE, DEVICE, Interfaces, Managed, Objects, PROFILE};
use super::proxy::{Bus, cause};
use super::task::{Answer, Task, Timer};
use super::watch::{self, Said};
use crate::executor::Event;
use crate::netlink::refused::Refused;
use crate::netlink::request::Kernel;
use netsession_fsm::hub::Report;
use netsession_fsm::words::{Cause, ConfigurationState};
use std::time::Duration;
use tokio::time::Instant;
use zbus::message::{Message, Sequence};

/// What the drive loop was told of NetworkManager.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    /// Nothing yet.
    Untold,
    /// It does not run: every link is Undefined.
    Absent,
    /// How everything stands.
    Here,
    /// It was lost.
    Gone,
}

/// How far NetworkManager was heard.
#[derive(Debug)]
pub(super) enum Sync {
    /// It does not run.
    Without,
    /// It was asked for its objects; what it says meanwhile is kept.
    Asking(Vec<(Sequence, Said)>),
    /// So many profiles are still to be read.
    Reading(usize),
    /// It looks for its devices: links that are up are not active yet.
    Starting,
    /// All is known.
    Done,
    /// It takes its objects away, because it ends.
    Leaving,
}

impl PartialEq for Sync {
    fn eq(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }
}

/// A NetworkManager that has just taken its name refuses calls for 15 ms (measured on 1.42.4).
const AGAIN: Duration = Duration::from_millis(5);
/// How long a NetworkManager may look for its devices before what it has found is told.
const STARTUP: Duration = Duration::from_secs(3);
/// How long it may take from the first object it takes away to its end: 35 ms (measured on 1.42.4).
const LEAVING: Duration = Duration::from_secs(2);
/// How long a device may be unmanaged before that means that it stays so: 5 ms (measured on 1.42.4).
const FRESH: Duration = Duration::from_millis(500);
/// How long at most to wait before the bus is tried again.
const SLOWEST: Duration = Duration::from_secs(5);
const FASTEST: Duration = Duration::from_millis(50);

impl Task {
    /// Calls the bus.
    pub(super) fn connect(&mut self) {
        self.timers.remove(&Timer::Connect);
        self.ask(async {
            let connected = async {
                let (bus, stream) = Bus::connect().await?;
                let runs = bus.runs().await?;
                Ok((bus, stream, runs))
            };
            Answer::Connected(connected.await)
        });
    }

    /// The bus answered, or there is none.
    pub(super) fn connected(&mut self, connected: zbus::Result<(Bus, zbus::MessageStream, bool)>) {
        match connected {
            Ok((bus, stream, runs)) => {
                (self.bus, self.stream, self.patience) = (Some(bus), Some(stream), Duration::ZERO);
                if runs { self.begin_sync() } else { self.absent() }
            }
            Err(error) => {
                if self.patience.is_zero() {
                    tracing::warn!(%error, "networkmanager: no system bus (DBUS_SYSTEM_BUS_ADDRESS); trying again and again");
                }
                self.patience = (self.patience * 2).clamp(FASTEST, SLOWEST);
                self.timers.insert(Timer::Connect, Instant::now() + self.patience);
                self.absent();
            }
        }
    }

    /// The connection to the bus was lost.
    pub(super) fn disconnected(&mut self, why: &str) {
        tracing::warn!(why, "networkmanager: the system bus is gone");
        (self.bus, self.stream) = (None, None);
        self.lost();
        self.patience = FASTEST;
        self.timers.insert(Timer::Connect, Instant::now() + FASTEST);
    }

    /// NetworkManager is not there (any more).
    fn lost(&mut self) {
        self.forget_calls();
        self.sync = Sync::Without;
        self.objects = Objects::default();
        self.timers.remove(&Timer::Ask);
        self.timers.remove(&Timer::Startup);
        self.timers.remove(&Timer::Leaving);
        self.routing.forget_daemon();
        for link in &mut self.links {
            link.begin_again();
        }
        match self.presence {
            Presence::Here => {
                self.presence = Presence::Gone;
                self.tell(Event::Report(Report::Gone { executor: self.options.executor }));
            }
            Presence::Untold | Presence::Absent => self.absent(),
            Presence::Gone => {}
        }
    }

    /// Nobody is there, and nobody was: links are Undefined until somebody comes.
    fn absent(&mut self) {
        if self.presence == Presence::Untold {
            self.presence = Presence::Absent;
            self.resync();
        }
    }

    /// Asks NetworkManager for everything it has.
    fn begin_sync(&mut self) {
        self.forget_calls();
        self.timers.remove(&Timer::Ask);
        self.sync = Sync::Asking(Vec::new());
        let Some(bus) = self.bus.clone() else { return };
        self.ask(async move { Answer::Managed(bus.managed().await) });
    }

    /// Everything it has came.
    pub(super) fn managed(&mut self, managed: zbus::Result<(Sequence, Managed)>) {
        let (at, managed) = match managed {
            Ok(managed) => managed,
            Err(error) => {
                tracing::debug!(%error, "networkmanager: does not answer yet");
                self.timers.insert(Timer::Ask, Instant::now() + AGAIN);
                return;
            }
        };
        let profiles: Vec<String> = managed.iter().filter(|(_, has)| has.contains_key(PROFILE)).map(|(path, _)| path.to_string()).collect();
        self.objects = Objects::new(managed);
        let Sync::Asking(backlog) = std::mem::replace(&mut self.sync, Sync::Reading(profiles.len())) else { return };
        for path in profiles {
            self.read(path);
        }
        for (_, said) in backlog.into_iter().filter(|(when, _)| *when > at) {
            self.heard(said);
        }
        self.go_on();
    }

    /// Reads the settings of a profile.
    fn read(&self, path: String) {
        let Some(bus) = self.bus.clone() else { return };
        self.ask(async move {
            let read = bus.profile(&path).await;
            Answer::Profile(path, read)
        });
    }

    /// The settings of a profile came.
    pub(super) fn profile_read(&mut self, path: &str, profile: zbus::Result<super::objects::Profile>) {
        match profile {
            Ok(profile) => self.objects.profile_read(path, profile),
            Err(error) => tracing::debug!(path, %error, "networkmanager: a profile cannot be read; it may be gone, or another user's"),
        }
        if let Sync::Reading(missing) = &mut self.sync {
            *missing = missing.saturating_sub(1);
            self.go_on();
        }
    }

    /// Goes on as far as everything asked has come.
    pub(super) fn go_on(&mut self) {
        if let Sync::Reading(0) = self.sync {
            self.sync = Sync::Starting;
            self.timers.insert(Timer::Startup, Instant::now() + STARTUP);
        }
        let waited = !self.timers.contains_key(&Timer::Startup);
        if self.sync == Sync::Starting && (!self.objects.starting || waited) {
            self.timers.remove(&Timer::Startup);
            self.sync = Sync::Done;
            self.presence = Presence::Here;
            self.resolve();
            self.resync();
            self.scan_ended("");
        }
    }

    /// Hears a message of the bus.
    pub(super) fn hear(&mut self, message: &Message) {
        let Some(said) = watch::understand(message) else { return };
        match (said, &mut self.sync) {
            (Said::Owner(false), _) => self.lost(),
            (Said::Owner(true), _) => {
                self.lost();
                self.begin_sync();
            }
            (_, Sync::Without | Sync::Leaving) => {}
            (said, Sync::Asking(backlog)) => backlog.push((message.recv_position(), said)),
            (said, Sync::Reading(_) | Sync::Starting | Sync::Done) => {
                self.heard(said);
                self.go_on();
            }
        }
    }

    fn heard(&mut self, said: Said) {
        match said {
            Said::Owner(_) => {}
            Said::Added(path, interfaces) => self.added(path, interfaces),
            // an interface that vanishes is unreal before its device goes
            Said::Removed(path, interfaces) if self.is_leaving(&path, &interfaces) => {
                self.sync = Sync::Leaving;
                self.timers.insert(Timer::Leaving, Instant::now() + LEAVING);
            }
            Said::Removed(path, interfaces) => {
                if let Some(active) = self.objects.actives.get(&path).filter(|_| interfaces.iter().any(|name| name == ACTIVE)) {
                    let uuid = active.uuid.clone();
                    self.ended(&uuid, None);
                }
                self.objects.removed(&path, &interfaces);
                self.resolve();
            }
            Said::Changed(path, interface, properties) => {
                if self.objects.changed(&path, &interface, properties) {
                    self.scanned(&path);
                    self.resolve();
                }
            }
            Said::Activation { path, state, reason } => {
                let Some(active) = self.objects.actives.get_mut(&path) else { return };
                active.activation = map::Activation::new(state);
                if matches!(active.activation, map::Activation::Deactivating | map::Activation::Deactivated) {
                    let uuid = active.uuid.clone();
                    self.ended(&uuid, Some(map::active_cause(reason)));
                }
            }
            Said::Device { path, state, reason } => {
                let Some(device) = self.objects.devices.get_mut(&path) else { return };
                device.state = state;
                let failed = map::device_cause(reason);
                let active = self.objects.actives.get(&device.active).or_else(|| self.objects.actives.get(&device.active_before));
                if let Some(uuid) = active.map(|active| active.uuid.clone()).filter(|_| failed != Cause::Unknown) {
                    self.links.iter_mut().filter(|link| link.uuid.as_ref() == Some(&uuid)).for_each(|link| link.why = failed);
                }
            }
            Said::Updated(path) => self.read(path),
        }
    }

    /// Whether NetworkManager takes its devices away because it ends: they are still there, links stay up, and are not to be told
    /// as lost one by one.
    fn is_leaving(&self, path: &str, interfaces: &[String]) -> bool {
        self.sync == Sync::Done && interfaces.iter().any(|name| name == DEVICE) && self.objects.devices.get(path).is_some_and(|it| it.real)
    }

    fn added(&mut self, path: String, interfaces: Interfaces) {
        let device = interfaces.contains_key(DEVICE);
        if self.objects.added(&path, interfaces) {
            self.read(path);
        } else if device && let Some(device) = self.objects.devices.get_mut(&path) {
            device.fresh = true;
            self.timers.insert(Timer::Fresh, Instant::now() + FRESH);
        }
        self.resolve();
    }

    /// An active connection of a profile ends, or is gone (`cause`: as far as it says why).
    fn ended(&mut self, uuid: &str, cause: Option<Cause>) {
        for link in self.links.iter_mut().filter(|link| link.uuid.as_deref() == Some(uuid)) {
            match cause {
                Some(cause) if link.why == Cause::Unknown => link.why = cause,
                Some(_) => {}
                None => link.ours = false,
            }
        }
    }

    /// Finds out which connection profile an access point is, where the user did not name it by UUID.
    pub(super) fn resolve(&mut self) {
        for at in 0..self.links.len() {
            let link = &self.links[at];
            if link.work.is_some() || link.uuid.as_ref().is_some_and(|uuid| link.profile.connection.as_ref() == Some(uuid)) {
                continue;
            }
            let found = match (&link.profile.connection, &link.profile.interface) {
                (Some(name), _) => self.objects.named(name),
                (None, Some(interface)) => self.objects.on_interface(interface),
                (None, None) => None,
            };
            // one that was deleted is told as removed, not as another one
            if let Some(uuid) = found {
                self.links[at].uuid = Some(uuid);
            }
        }
    }

    /// Tells how everything stands (C8).
    pub(super) fn resync(&mut self) {
        let states: Vec<_> = (0..self.links.len()).map(|at| self.state(at)).collect();
        for (at, (state, _)) in states.iter().enumerate() {
            self.tell_attributes(at, *state);
            self.tell_carrier(at, *state);
        }
        let links = self.links.iter_mut().zip(&states).map(|(link, state)| link.again(*state)).collect();
        self.tell(Event::Report(Report::Resync { executor: self.options.executor, links }));
        if states.iter().any(|(state, _)| *state == ConfigurationState::Active) {
            self.count_all();
        }
    }

    /// Asks the kernel for everything; what NetworkManager's links make of it is told anew if it was told before.
    pub(super) async fn ask_kernel(&mut self) {
        const ATTEMPTS: usize = 8;
        for _ in 0..ATTEMPTS {
            self.absorb();
            self.overrun = false;
            match everything(self.kernel.clone()).await {
                Ok(facts) => self.facts = facts,
                Err(refused) => {
                    tracing::error!(%refused, "networkmanager: the kernel does not say how its links stand; what is reported may be out of date");
                    break;
                }
            }
            self.absorb();
            if !self.overrun {
                break;
            }
        }
        self.overrun = false;
        self.routing.keep_existing(&self.facts.routes);
        if self.presence == Presence::Here && self.sync == Sync::Done {
            self.resync();
        }
    }

    /// Takes the answer to something that was asked.
    pub(super) fn take(&mut self, answer: Answer) {
        match answer {
            Answer::Connected(connected) => self.connected(connected),
            Answer::Managed(managed) => self.managed(managed),
            Answer::Profile(path, profile) => {
                self.profile_read(&path, profile);
                self.resolve();
            }
            Answer::Activated(at, activated) => self.activated(at, activated),
            Answer::Deactivated(at, deactivated) => self.deactivated(at, deactivated),
            Answer::Reapplied(device, reapplied) => self.reapplied(&device, reapplied.map_err(|error| cause(&error))),
            Answer::Scanned(device, scanned) => {
                if scanned.is_err() {
                    self.scan_ended(&device);
                }
            }
        }
    }

    /// A time has come.
    pub(super) fn ring(&mut self) {
        let now = Instant::now();
        while let Some(timer) = self.timers.iter().find(|(_, when)| **when <= now).map(|(timer, _)| *timer) {
            self.timers.remove(&timer);
            match timer {
                Timer::Connect => self.connect(),
                Timer::Fresh => self.objects.devices.values_mut().for_each(|device| device.fresh = false),
                // it did not end: what is there now?
                Timer::Leaving | Timer::Ask => self.begin_sync(),
                Timer::Startup => self.go_on(),
                Timer::Scan => self.end_scan(),
                Timer::Reapply => self.reapply_overdue(),
                Timer::End => {}
            }
        }
    }
}

/// Everything the kernel has.
async fn everything(kernel: Kernel) -> Result<Facts, Refused> {
    let mut facts = Facts::default();
    for told in kernel.links().await? {
        facts.apply(&told);
    }
    for address in kernel.addresses().await? {
        if let Some(told) = crate::netlink::watch::address(&address) {
            facts.apply(&told);
        }
    }
    facts.routes = kernel.default_routes(false).await?;
    facts.routes.extend(kernel.default_routes(true).await?);
    Ok(facts)
}
