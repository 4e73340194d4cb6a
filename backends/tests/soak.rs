//! After everything was broken at random and then healed: is every session that is open on the best link, and is nothing left behind?

mod lab;

use lab::{USABLE, secs};
use netsession_backends::client::{Client, Session};
use netsession_backends::sim::{Action, Behaviour, Faults, Network, Outcome};
use netsession_fsm::hub::SessionOptions;
use netsession_fsm::words::{
    AccessPoint, AccessPointId, Cause, ConfigurationState, ExecutorId, Mode, Phase, Purpose, RadioId, SessionState,
};
use std::time::Duration;
use tokio::time::timeout;

const LINKS: u32 = 4;

/// Splitmix64.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}

/// Links 2 and 3 share a radio.
fn behaviour(link: u32) -> Behaviour {
    Behaviour { radio: (link >= 2).then_some(RadioId(0)), ..USABLE }
}

fn trouble(chance: &mut Chance) -> Action {
    let link = u32::try_from(chance.below(u64::from(LINKS))).expect("small");
    let id = AccessPointId(link);
    let normal = behaviour(link);
    match chance.below(14) {
        0 | 1 => Action::Vanish(id),
        2..=4 => Action::Appear(id),
        5 => Action::Cut(id),
        6 => Action::TakeDown(id),
        7 => Action::BringUp(id),
        8 => Action::Behave(id, Behaviour { raise: Outcome::Fails(Cause::NoLease), ..normal }),
        9 => Action::Behave(id, Behaviour { raise: Outcome::NeverAnswers, prefer: Outcome::Fails(Cause::Route), ..normal }),
        10 => Action::Behave(id, Behaviour { lower: Outcome::Fails(Cause::Unknown), ..normal }),
        11 => Action::Gone,
        12 => Action::Back,
        _ => Action::Resync,
    }
}

/// One request or answer of an application, whichever comes to its mind.
async fn whim(session: &Session, chance: &mut Chance) {
    let soon = Duration::from_secs(chance.below(40));
    let patient = async {
        match chance.below(8) {
            0..=2 => drop(session.open().await),
            3 => drop(session.close().await),
            4 => drop(session.request_roam().await),
            5 => drop(session.next_offer().await),
            6 => {
                if let Some(offer) = session.next_offer().await
                    && let Ok(trial) = offer.migrate().await
                {
                    drop(trial.accept().await);
                }
            }
            _ => drop(session.stop().await),
        }
    };
    drop(timeout(soon, patient).await);
}

async fn soak(seed: u64) {
    let network = Network::new(seed);
    network.jitter(Duration::from_millis(400));
    network.faults(Faults { duplicate: 10, late: 10, late_by: Duration::from_millis(900) });
    let mut builder = Client::builder().executor(network.executor(ExecutorId(0)));
    let members: Vec<_> = (0..LINKS)
        .map(|link| {
            let radio = behaviour(link).radio;
            let id = builder.access_point(&format!("link{link}"), AccessPoint { radio, ..AccessPoint::default() });
            network.add(id, behaviour(link));
            id
        })
        .collect();
    builder.service_network("internet", Purpose::Public, members.clone());
    let client = builder.start().await.unwrap();
    let mut chance = Chance(seed);
    let mut sessions = Vec::new();
    for (name, mode) in
        [("internet", Mode::Forced), ("internet", Mode::Application), ("internet", Mode::Off), ("link1", Mode::Off), ("link3", Mode::Off)]
    {
        sessions.push(client.session(name, SessionOptions { mode, ..SessionOptions::default() }).await.unwrap());
    }
    for _ in 0..60 {
        for _ in 0..chance.below(3) {
            network.happen(trouble(&mut chance));
        }
        let whose = usize::try_from(chance.below(sessions.len() as u64)).expect("small");
        whim(&sessions[whose], &mut chance).await;
        for session in &sessions {
            let snapshot = session.snapshot();
            let fine = !snapshot.open || matches!(snapshot.state, SessionState::Connected | SessionState::Roaming);
            assert!(fine, "seed {seed}: {snapshot:?}");
        }
    }
    // healed: everything is in reach and behaves; nobody stands in the way on the radio
    network.happen(Action::Back);
    for link in 0..LINKS {
        network.behave(AccessPointId(link), behaviour(link));
        network.appear(AccessPointId(link));
    }
    sessions.drain(2..);
    let forced = &sessions[0];
    secs(700).await;
    timeout(Duration::from_secs(60), forced.open()).await.expect("answered").unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    secs(700).await;
    let snapshot = forced.snapshot();
    assert_eq!(
        (snapshot.state, snapshot.phase, snapshot.active),
        (SessionState::Connected, Phase::Stable, Some(members[0])),
        "seed {seed}"
    );
    assert_eq!(network.default_route(), Some(members[0]), "seed {seed}");
    assert_eq!(client.default_route(), Some(members[0]), "seed {seed}");
    for session in &sessions {
        session.close().await.unwrap();
    }
    secs(60).await;
    assert_eq!((network.raised(), network.default_route()), (vec![], None), "seed {seed}");
    for configuration in client.configurations() {
        assert_eq!(configuration.holders, [], "seed {seed}: {}", configuration.name);
    }
    for id in members {
        let told = client.configuration(id).unwrap();
        assert_eq!(told.state, network.state(id), "seed {seed}: {}", told.name);
        assert_eq!(told.carrier.is_some(), told.state == ConfigurationState::Active, "seed {seed}: {}", told.name);
    }
    client.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn what_was_broken_at_random_heals() {
    for seed in 0..150 {
        soak(seed).await;
    }
}
