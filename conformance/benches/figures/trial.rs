//! Does a verdict cost the transfer anything? Bytes lost and the longest stall around an accept and a reject.

use crate::subject::{LTE, NETWORK, Stage, Subject, WLAN, becomes, bound, echo, session, usable};
use crate::table::Target;
use crate::tell::{tell, tell_lost};
use netsession_backends::bind;
use netsession_conformance::lab::{Lab, Outcome, Tally, Transfer};
use netsession_fsm::words::{ConfigurationState, Mode};
use std::error::Error;
use std::time::Duration;

const ROUNDS: usize = 5;
const PACE: Duration = Duration::from_millis(1);
/// Around the verdict.
const AROUND: Duration = Duration::from_millis(100);
/// Bytes of a datagram of the transfer.
const PIECE: usize = 8;

pub(crate) async fn decided(lab: Lab, subject: Subject) -> Outcome {
    let stage = Stage::new(lab, subject).await?;
    let client = stage.client().await?;
    for accepts in [true, false] {
        let (mut lost, mut stalls) = (0, Vec::new());
        for _ in 0..ROUNDS {
            let tally = round(&stage, &client, accepts).await?;
            lost += tally.lost.len() * PIECE;
            stalls.push(tally.quiet);
        }
        let verdict = if accepts { "accept" } else { "reject" };
        tell(&format!("longest stall around {verdict}"), &stalls, None, Target::AtMost(5.0));
        tell_lost(&format!("bytes lost around {verdict}"), lost);
    }
    client.shutdown().await;
    Ok(())
}

async fn round(stage: &Stage, client: &netsession_backends::client::Client, accepts: bool) -> Result<Tally, Box<dyn Error>> {
    stage.lab.router.cut(&stage.wlan.name).await?;
    becomes(client, WLAN, |state| state < ConfigurationState::Discovered).await?;
    usable(client, LTE).await?;
    let session = session(client, NETWORK, Mode::Application).await?;
    session.open().await?;
    let mut transfer = Transfer::start(bound(&session).await?, echo(), PACE);
    stage.lab.router.mend(&stage.wlan.name).await?;
    let offer = session.next_offer().await.ok_or("no offer")?;
    let trial = offer.migrate().await?;
    let carrier = trial.carrier().ok_or("no carrier to test")?;
    let tested = bind::connect_udp(&carrier, echo()).await?;
    tokio::time::sleep(AROUND).await;
    if accepts {
        // make before break: what is under way on the old link comes in there while it is still up
        transfer.go_through(tested);
        tokio::time::sleep(PACE * 5).await;
        trial.accept().await?;
    } else {
        drop(tested);
        trial.reject().await?;
    }
    tokio::time::sleep(AROUND).await;
    let tally = transfer.stop().await?;
    session.close().await?;
    becomes(client, LTE, |state| state == ConfigurationState::Discovered).await?;
    Ok(tally)
}
