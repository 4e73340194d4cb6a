//! How long does an open take, beside the daemon's own activation? And the second one, on a link that is up?

use crate::subject::{Daemon, Stage, Subject, WLAN, session, usable, uuid};
use crate::table::Target;
use crate::tell::tell;
use futures::StreamExt;
use netsession_conformance::lab::{Lab, Outcome, daemons};
use netsession_fsm::words::{ConfigurationState, Mode};
use std::error::Error;
use std::time::{Duration, Instant};

const ROUNDS: usize = 15;
const SECONDS: usize = 200;
/// Longer than ConnMan takes to list a new service.
const LISTED: Duration = Duration::from_millis(300);

pub(crate) async fn opened(lab: Lab, subject: Subject) -> Outcome {
    let stage = Stage::new(lab, subject).await?;
    let (mut raw, mut ours) = (Vec::new(), Vec::new());
    // one after the other, so that neither has the quieter moment
    for _ in 0..ROUNDS {
        raw.extend(activated(&stage).await?);
        let client = stage.client().await?;
        usable(&client, WLAN).await?;
        let session = session(&client, WLAN, Mode::Off).await?;
        // the daemon and the executor have answered each other, as when nothing has happened for a while
        tokio::time::sleep(LISTED).await;
        let asked = Instant::now();
        session.open().await?;
        ours.push(asked.elapsed());
        session.close().await?;
        crate::subject::becomes(&client, WLAN, |state| state == ConfigurationState::Discovered).await?;
        client.shutdown().await;
    }
    let what = "open to opened, fixed addresses";
    match stage.daemon {
        Daemon::None => tell(what, &ours, None, Target::None),
        Daemon::NetworkManager(_) => tell(what, &ours, Some(("ActivateConnection to ACTIVATED", &raw)), Target::Times(1.3)),
        Daemon::Connman(_) => tell(what, &ours, Some(("Connect to ready", &raw)), Target::Times(1.3)),
    }
    let client = stage.client().await?;
    let holder = session(&client, WLAN, Mode::Off).await?;
    holder.open().await?;
    let mut seconds = Vec::new();
    for _ in 0..SECONDS {
        let second = session(&client, WLAN, Mode::Off).await?;
        let asked = Instant::now();
        second.open().await?;
        seconds.push(asked.elapsed());
        second.close().await?;
    }
    tell("second session on a link that is up", &seconds, None, Target::AtMost(0.05));
    client.shutdown().await;
    Ok(())
}

/// The daemon's own way, over D-Bus: from the call to the signal that says it is up; then down again.
async fn activated(stage: &Stage) -> Result<Option<Duration>, Box<dyn Error>> {
    let took = match &stage.daemon {
        Daemon::None => return Ok(None),
        Daemon::NetworkManager(daemon) => {
            let mut signals = signals("org.freedesktop.NetworkManager.Connection.Active", "StateChanged").await?;
            let asked = Instant::now();
            daemon.activate(&uuid(&stage.wlan)).await?;
            let up = |message: &zbus::Message| matches!(message.body().deserialize::<(u32, u32)>(), Ok((2, _)));
            while !signals.next().await.ok_or("the bus is gone")?.is_ok_and(|message| up(&message)) {}
            let took = asked.elapsed();
            daemon.deactivate(&uuid(&stage.wlan)).await?;
            daemon.becomes(&uuid(&stage.wlan), None).await?;
            took
        }
        Daemon::Connman(daemon) => {
            let service = daemons::Connman::service(&stage.wlan);
            daemon.becomes(&service, Some("idle")).await?;
            // a service that has just come sends no signal of its own before ConnMan has listed it, 100 ms later (measured on ConnMan 1.41)
            tokio::time::sleep(LISTED).await;
            let mut signals = signals("net.connman.Service", "PropertyChanged").await?;
            let asked = Instant::now();
            let connect = daemon.connect(&service);
            let up = |message: &zbus::Message| {
                let body = message.body();
                let changed = body.deserialize::<(String, zbus::Variant<'_>)>();
                changed.is_ok_and(|(name, value)| name == "State" && value.downcast_ref::<&str>().is_ok_and(|state| state == "ready"))
            };
            let hear = async {
                while !signals.next().await.is_some_and(|message| message.is_ok_and(|message| up(&message))) {}
                asked.elapsed()
            };
            let (connected, took) = tokio::join!(connect, hear);
            connected?;
            daemon.disconnect(&service).await?;
            daemon.becomes(&service, Some("idle")).await?;
            took
        }
    };
    Ok(Some(took))
}

async fn signals(interface: &str, member: &str) -> Result<zbus::MessageStream, Box<dyn Error>> {
    let connection = zbus::Connection::system().await?;
    let rule = format!("type='signal',interface='{interface}',member='{member}'");
    Ok(zbus::MessageStream::for_match_rule(rule.as_str(), &connection, None).await?)
}
