//! What is a law played on? A service network of access points, a client of a hub with the executor, and a recorder of every step.

use super::said::Watched;
use super::suite::names;
use crate::judge::{Along, Recorder};
use crate::rig::{Place, Rig, Trouble};
use netsession_backends::client::Client;
use netsession_fsm::hub::{Command, Output, SessionOptions, Settings};
use netsession_fsm::words::{AccessPoint, AccessPointId, Capabilities, ConfigurationState, Mode, Purpose, RadioId};
use std::cell::RefCell;
use std::time::Duration;

/// Longer than anything in a lab takes, even on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);
/// How often something is looked at again that nobody tells.
const PACE: Duration = Duration::from_millis(2);

/// What differs from law to law besides the access points.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// Deadlines and delays of the hub.
    pub settings: Settings,
    /// How long raising an access point may take.
    pub connect_timeout: Duration,
    /// Whether all access points share a radio.
    pub one_radio: bool,
    /// What clients are told can be done, of what the executor can.
    pub capabilities: Capabilities,
}

impl Terms {
    /// The contract's deadlines; but what appears is offered at once, and raising may take as long as the rig says.
    #[must_use]
    pub fn of<R: Rig>() -> Self {
        let settings = Settings { settle: Duration::ZERO, ..Settings::default() };
        Self { settings, connect_timeout: R::CONNECT_TIMEOUT, one_radio: false, capabilities: Capabilities(u8::MAX) }
    }
}

/// The stage: access points `ap0`, `ap1`, `ap2`, best first; the service network `net` of all of them; the user choice `choice`,
/// first of the last access point, then of `net`.
#[derive(Debug)]
pub struct Stage<R: Rig> {
    /// The surroundings.
    pub rig: R,
    /// The client.
    pub client: Client,
    recorder: Recorder,
    settings: Settings,
    places: Vec<Place>,
    found: R::Found,
    /// Places whose cable is not as it was found.
    changed: RefCell<Vec<bool>>,
}

/// The access point of a place.
#[must_use]
pub fn id(place: usize) -> AccessPointId {
    AccessPointId(u32::try_from(place).unwrap_or(u32::MAX))
}

impl<R: Rig> Stage<R> {
    /// Sets it up and waits until the executor has found everything as it is to be.
    ///
    /// # Errors
    /// If that does not come about.
    pub async fn new(ground: R::Ground, places: &[Place]) -> Result<Self, Trouble> {
        Self::on(Terms::of::<R>(), ground, places).await
    }

    /// The same, on other terms.
    ///
    /// # Errors
    /// If that does not come about.
    pub async fn on(terms: Terms, ground: R::Ground, places: &[Place]) -> Result<Self, Trouble> {
        let mut rig = R::build(ground, places).await?;
        let found = rig.found().await?;
        let recorder = Recorder::default();
        let executor = rig.maker()()?;
        let mut builder = Client::builder().settings(terms.settings).tap(recorder.tap());
        let radio = terms.one_radio.then_some(RadioId(0));
        let connect_timeout = terms.connect_timeout;
        let described = AccessPoint {
            executor: executor.id(),
            capabilities: executor.capabilities().both(terms.capabilities),
            radio,
            connect_timeout,
            ..AccessPoint::default()
        };
        let ids: Vec<_> = (0..places.len()).map(|place| builder.access_point(&format!("ap{place}"), described.clone())).collect();
        let net = builder.service_network("net", Purpose::Public, ids.iter().copied());
        let last = ids.last().ok_or("no access point")?;
        builder.user_choice("choice", [(*last).into(), net.into()]);
        let client = rig.client(builder.executors(vec![executor])).await?;
        let changed = RefCell::new(vec![false; places.len()]);
        let this = Self { rig, client, recorder, settings: terms.settings, places: places.to_vec(), found, changed };
        this.says_what_it_can(terms.capabilities)?;
        for (place, is) in places.iter().enumerate() {
            let fits = |state| match (is.away, is.found_up) {
                (true, _) => state < ConfigurationState::Discovered,
                (false, true) => state == ConfigurationState::Active,
                (false, false) => state == ConfigurationState::Discovered,
            };
            this.becomes(place, fits).await?;
        }
        Ok(this)
    }

    /// What the executor says it can do is what the rig says: else laws would be excused that are to be shown, or the other way round.
    fn says_what_it_can(&self, of: Capabilities) -> Result<(), Trouble> {
        let relevant = Capabilities::ALL.both(of);
        let (says, is) = (self.client.configuration("ap0")?.capabilities.both(relevant), R::CAN.both(relevant));
        if says == is { Ok(()) } else { Err(format!("the executor can do [{}], its rig has [{}]", names(says), names(is)).into()) }
    }

    /// A session that is watched, not open.
    ///
    /// # Errors
    /// If there is no such configuration.
    pub async fn session(&self, name: &str, mode: Mode) -> Result<Watched, Trouble> {
        self.session_with(name, SessionOptions { mode, ..SessionOptions::default() }).await
    }

    /// The same, with all options.
    ///
    /// # Errors
    /// If there is no such configuration.
    pub async fn session_with(&self, name: &str, options: SessionOptions) -> Result<Watched, Trouble> {
        Ok(Watched::new(self.client.session(name, options).await?))
    }

    /// Cuts the cable of a place.
    ///
    /// # Errors
    /// If the lab fails.
    pub async fn cut(&self, place: usize) -> Result<(), Trouble> {
        self.changed.borrow_mut()[place] = !self.places[place].away;
        self.rig.cut(place).await
    }

    /// Mends the cable of a place.
    ///
    /// # Errors
    /// If the lab fails.
    pub async fn mend(&self, place: usize) -> Result<(), Trouble> {
        self.changed.borrow_mut()[place] = self.places[place].away;
        self.rig.mend(place).await
    }

    /// Waits until the state of a place, as clients see it, fits.
    ///
    /// # Errors
    /// If it does not.
    pub async fn becomes(&self, place: usize, fits: impl Fn(ConfigurationState) -> bool) -> Result<(), Trouble> {
        let now = || self.client.configuration(format!("ap{place}").as_str()).map(|it| it.state);
        let what = format!("the awaited state of ap{place}");
        eventually(&what, async || now().is_ok_and(&fits)).await.map_err(|error| format!("{error}; it is {:?}", now()).into())
    }

    /// Waits until the link of a place is up, or down, on the system.
    ///
    /// # Errors
    /// If that does not happen.
    pub async fn link(&self, place: usize, up: bool) -> Result<(), Trouble> {
        eventually(&format!("ap{place} up={up}"), async || self.rig.is_up(place).await.is_ok_and(|now| now == up)).await
    }

    /// Waits until unbound traffic goes through a place.
    ///
    /// # Errors
    /// If that does not happen.
    pub async fn routes(&self, place: usize) -> Result<(), Trouble> {
        let now = async || self.rig.default_route().await.is_ok_and(|now| now == Some(place));
        eventually(&format!("the default route through ap{place}"), now).await
    }

    /// Waits until something is so.
    ///
    /// # Errors
    /// If it does not come about.
    pub async fn comes(&self, what: &str, is: impl Fn() -> bool) -> Result<(), Trouble> {
        eventually(what, async || is()).await
    }

    /// How many places there are.
    #[must_use]
    pub const fn places(&self) -> usize {
        self.places.len()
    }

    /// How many raises and lowers of a place there were so far.
    #[must_use]
    pub fn commands(&self, place: usize) -> (usize, usize) {
        let steps = self.recorder.steps();
        let commands = |wanted: &dyn Fn(&Command) -> bool| {
            let outputs = steps.iter().flat_map(|(_, outputs)| outputs);
            outputs.filter(|output| matches!(output, Output::Command(command) if wanted(command))).count()
        };
        let raises = commands(&|command| matches!(command, Command::Raise { access_point, .. } if *access_point == id(place)));
        let lowers = commands(&|command| matches!(command, Command::Lower { access_point, .. } if *access_point == id(place)));
        (raises, lowers)
    }

    /// Waits until the executor has answered: whatever it told before was heard.
    ///
    /// # Errors
    /// If it does not answer.
    pub async fn settled(&self) -> Result<(), Trouble> {
        Ok(self.client.refresh().await?)
    }

    /// A judge that goes along with the run.
    #[must_use]
    pub fn along(&self) -> Along {
        self.recorder.along(self.settings)
    }

    /// Ends the run: no session has anything left to say; everything is as it was found, but for cables, which are put back first; and
    /// the machine would have done the same.
    ///
    /// # Errors
    /// If one of that is not so.
    pub async fn finish(mut self, watched: impl IntoIterator<Item = Watched>) -> Result<(), Trouble> {
        self.settled().await?;
        for watched in watched {
            drop(watched.into_session()?);
        }
        self.client.shutdown().await;
        self.rig.end().await;
        let changed = self.changed.take();
        for (place, found) in self.places.iter().enumerate().filter(|(place, _)| changed[*place]) {
            if found.away { self.rig.cut(place).await? } else { self.rig.mend(place).await? }
        }
        self.rig.becomes(&self.found).await?;
        eventually("the end of the trace", async || self.recorder.has_ended()).await?;
        let steps = self.recorder.judge(self.settings)?;
        println!("{steps} steps judged");
        Ok(())
    }
}

/// Waits until something is so.
async fn eventually(what: &str, mut is: impl AsyncFnMut() -> bool) -> Result<(), Trouble> {
    let looking = async {
        while !is().await {
            tokio::time::sleep(PACE).await;
        }
    };
    tokio::time::timeout(PATIENCE, looking).await.map_err(|_| format!("{what} did not come").into())
}
