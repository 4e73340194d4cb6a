//! How long is a transfer quiet when its link is cut and another one is up? With a session that roams by force, and without us.

use crate::subject::{Daemon, LTE, NETWORK, QUIET, Stage, Subject, bound, echo, session, usable, uuid};
use crate::table::Target;
use crate::tell::tell;
use netsession_conformance::lab::{Lab, Outcome, Transfer};
use netsession_fsm::words::Mode;
use std::error::Error;
use std::time::{Duration, Instant};
use tokio::net::UdpSocket;

const ROUNDS: usize = 5;
const PACE: Duration = Duration::from_millis(1);
/// Longer than the slowest peer takes.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) async fn by_session(lab: Lab, subject: Subject) -> Outcome {
    let stage = Stage::new(lab, subject).await?;
    let client = stage.client().await?;
    // keeps the other link up
    let holder = session(&client, LTE, Mode::Off).await?;
    holder.open().await?;
    let mut samples = Vec::new();
    for _ in 0..ROUNDS {
        usable(&client, crate::subject::WLAN).await?;
        let session = session(&client, NETWORK, Mode::Forced).await?;
        session.open().await?;
        let mut changes = session.changes();
        let mut interface = session.carrier().ok_or("no carrier")?.interface;
        assert_eq!(interface, stage.wlan.name);
        let mut transfer = Transfer::start(bound(&session).await?, echo(), PACE);
        tokio::time::sleep(QUIET).await;
        let cut = stage.lab.router.cut(&stage.wlan.name).await?;
        let moved = async {
            loop {
                changes.next().await.ok_or("the session ended")?;
                if let Some(carrier) = session.carrier().filter(|carrier| carrier.interface != interface) {
                    interface = carrier.interface;
                    transfer.go_through(bound(&session).await?);
                    return Ok::<_, Box<dyn Error>>(Instant::now());
                }
            }
        };
        let moved = tokio::time::timeout(PATIENCE, moved).await??;
        samples.push(back_after(&transfer, moved).await? - cut);
        transfer.stop().await?;
        session.close().await?;
        stage.lab.router.mend(&stage.wlan.name).await?;
    }
    tell("cut to transfer running again", &samples, None, Target::AtMost(15.0));
    client.shutdown().await;
    Ok(())
}

pub(crate) async fn alone(lab: Lab, subject: Subject) -> Outcome {
    let stage = Stage::new(lab, subject).await?;
    match &stage.daemon {
        Daemon::None => return Err("nobody is there to be left alone".into()),
        Daemon::NetworkManager(daemon) => {
            for plug in [&stage.wlan, &stage.lte] {
                daemon.activate(&uuid(plug)).await?;
                daemon.becomes(&uuid(plug), Some(2)).await?;
            }
        }
        Daemon::Connman(daemon) => {
            for plug in [&stage.wlan, &stage.lte] {
                let service = netsession_conformance::lab::daemons::Connman::service(plug);
                daemon.becomes(&service, Some("idle")).await?;
                daemon.connect(&service).await?;
                daemon.becomes(&service, Some("ready")).await?;
            }
        }
    }
    let transfer = Transfer::start(UdpSocket::bind("0.0.0.0:0").await?, echo(), PACE);
    tokio::time::sleep(QUIET).await;
    let first = if transfer_leaves_through(&stage).await? { &stage.wlan } else { &stage.lte };
    let cut = stage.lab.router.cut(&first.name).await?;
    // what was under way when it was cut is not what runs again
    tokio::time::sleep(PACE * 2).await;
    let again = back_after(&transfer, Instant::now()).await? - cut;
    tell("cut to transfer running again, left to itself", &[again], None, Target::None);
    transfer.stop().await?;
    Ok(())
}

/// Whether the default route goes through the better access point.
async fn transfer_leaves_through(stage: &Stage) -> Result<bool, Box<dyn Error>> {
    let socket = UdpSocket::bind("0.0.0.0:0").await?;
    socket.connect(echo()).await?;
    Ok(socket.local_addr()?.ip() == stage.wlan.v4.0)
}

async fn back_after(transfer: &Transfer, moment: Instant) -> Result<Instant, Box<dyn Error>> {
    let wait = async {
        loop {
            if let Some(at) = transfer.first_after(moment) {
                return at;
            }
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
    };
    Ok(tokio::time::timeout(PATIENCE, wait).await?)
}
