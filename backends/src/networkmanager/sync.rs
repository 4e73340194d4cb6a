//! What if NetworkManager, or the bus, comes and goes? It is told once, and how everything stands is asked anew (C8, C9, SPEC §9).

use super::objects::{Managed, Objects, PROFILE};
use super::proxy::Bus;
use super::task::{Answer, Task, Timer};
use super::watch::{self, Said};
use crate::executor::Event;
use netsession_fsm::hub::Report;
use netsession_fsm::words::ConfigurationState;
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
    pub(super) fn begin_sync(&mut self) {
        self.forget_calls();
        self.timers.remove(&Timer::Ask);
        self.sync = Sync::Asking(Vec::new());
        let Some(bus) = self.bus.clone() else { return };
        self.ask(async move { Answer::Managed(bus.managed().await) });
    }

    /// Everything it has came.
    pub(super) fn managed(&mut self, managed: zbus::Result<(Sequence, Managed, String)>) {
        let (at, managed, daemon) = match managed {
            Ok(managed) => managed,
            Err(error) => {
                tracing::debug!(%error, "networkmanager: does not answer yet");
                self.timers.insert(Timer::Ask, Instant::now() + AGAIN);
                return;
            }
        };
        let profiles: Vec<String> = managed.iter().filter(|(_, has)| has.contains_key(PROFILE)).map(|(path, _)| path.to_string()).collect();
        self.objects = Objects { daemon, ..Objects::new(managed) };
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
    pub(super) fn read(&self, path: String) {
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
            self.take_over();
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
}
