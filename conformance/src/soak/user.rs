//! What does a program do with its session? In the storm whatever comes to its mind; in the calm it wants to be on the network.

use super::{Dice, Numbers};
use netsession_backends::client::{Client, Session};
use netsession_fsm::hub::SessionOptions;
use netsession_fsm::words::Mode;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// How things are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weather {
    /// Everything breaks.
    Storm,
    /// Everything works.
    Calm,
    /// It is time to go.
    Over,
}

/// A session that somebody may have.
#[derive(Debug, Clone, Default)]
pub(super) struct Seat(Arc<Mutex<Weak<Session>>>);

impl Seat {
    /// The session, if there is one. Not to be kept: whoever has it last closes it.
    pub(super) fn session(&self) -> Option<Arc<Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).upgrade()
    }
}

/// A program.
#[derive(Debug)]
pub(super) struct User {
    pub(super) client: Client,
    /// What its session is on.
    pub(super) name: &'static str,
    pub(super) mode: Mode,
    pub(super) dice: Dice,
    pub(super) seat: Seat,
    pub(super) weather: watch::Receiver<Weather>,
    pub(super) numbers: Numbers,
}

impl User {
    /// From begin to end; it may be killed anywhere.
    pub(super) async fn live(mut self) {
        let options = SessionOptions { mode: self.mode, ..SessionOptions::default() };
        let Ok(session) = self.client.session(self.name, options).await else { return };
        let session = Arc::new(session);
        *self.seat.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::downgrade(&session);
        let mut weather = self.weather.clone();
        while *weather.borrow() == Weather::Storm {
            // whatever it was about to do then, it does not do
            tokio::select! {
                biased;
                _ = weather.wait_for(|weather| *weather > Weather::Storm) => {}
                () = self.whim(&session) => {}
            }
        }
        let wants = async {
            let _ = session.set_mode(self.mode).await;
            let _ = session.suppress(Duration::ZERO).await;
            loop {
                if !session.is_open() {
                    self.count("opened when all was well", session.open().await.is_ok());
                }
                sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::select! {
            biased;
            _ = weather.wait_for(|weather| *weather > Weather::Calm) => {}
            () = wants => {}
            () = session.roam_with(|_| async { true }) => {}
        }
        if self.dice.below(2) == 0 {
            let _ = session.close().await;
        }
    }

    fn count(&self, what: &str, happened: bool) {
        if happened {
            self.numbers.more(what);
        }
    }

    /// One thing that comes to its mind.
    async fn whim(&mut self, session: &Session) {
        let patience = self.dice.time(1, 1500);
        match self.dice.below(20) {
            0..=5 => {
                let opened = timeout(patience, session.open()).await;
                self.count("opens answered", opened.is_ok());
            }
            6..=11 => {
                // a while in which it only answers offers
                let _ = timeout(patience * 3, self.answer(session)).await;
            }
            12 => self.count("sessions closed", session.is_open() && session.close().await.is_ok()),
            13 => {
                let asked = timeout(patience, session.request_roam()).await;
                self.count("roams asked for", asked.is_ok_and(|asked| asked.is_ok()));
            }
            15 => {
                let mode = self.dice.one(&[Mode::Off, Mode::Forced, Mode::Application]);
                self.count("modes changed", session.set_mode(mode).await.is_ok());
            }
            16 => {
                let window = self.dice.time(1, 3000);
                self.count("windows without roaming", session.suppress(window).await.is_ok());
            }
            17 if self.dice.below(4) == 0 => {
                let stopped = timeout(patience, session.stop()).await;
                self.count("links stopped", stopped.is_ok_and(|stopped| stopped.is_ok()));
            }
            _ => sleep(self.dice.time(1, 300)).await,
        }
    }

    /// Waits for an offer and answers it somehow.
    async fn answer(&mut self, session: &Session) {
        let Some(offer) = session.next_offer().await else { return };
        self.numbers.more("offers taken");
        // also for longer than the deadline
        let thinking = self.dice.one(&[0, 0, 0, 0, 100, 3000]);
        sleep(Duration::from_millis(thinking)).await;
        if self.dice.below(4) == 0 {
            return offer.ignore();
        }
        let Ok(trial) = offer.migrate().await else { return };
        self.numbers.more("trials begun");
        let testing = self.dice.one(&[0, 0, 0, 0, 100, 3000]);
        sleep(Duration::from_millis(testing)).await;
        match self.dice.below(4) {
            0 => self.count("trials rejected", trial.reject().await.is_ok()),
            1 => drop(trial),
            _ => self.count("trials accepted", trial.accept().await.is_ok()),
        }
    }
}
