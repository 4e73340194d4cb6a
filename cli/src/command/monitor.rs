//! `netsession monitor`: how everything stands, then every change.

use crate::arguments::{Listing, Source};
use crate::error::Failed;
use crate::output::{ATTENTION, FAINT, GOOD};
use crate::row::{Row, word};
use crate::setup::{Plan, Told};
use crate::signals::Signals;
use crate::{output, row};
use netsession::config::Running;
use netsession::executor::{Attributes, Carrier};
use netsession::{AccessPointId, CatalogueChange, CatalogueNotice, ConfigurationId, ConfigurationState};
use serde::Serialize;
use std::process::ExitCode;

/// What happened, for programs and people.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Event {
    Snapshot {
        configurations: Vec<Row>,
        default: Option<String>,
        default_route: Option<String>,
    },
    Added {
        configuration: String,
    },
    Changed {
        configuration: String,
        state: ConfigurationState,
    },
    Removed {
        configuration: String,
    },
    Carrier {
        configuration: String,
        #[serde(flatten)]
        carrier: Carrier,
    },
    Attributes {
        configuration: String,
        #[serde(flatten)]
        attributes: Attributes,
    },
    Online {
        online: bool,
    },
    Refreshed,
    DefaultRoute {
        access_point: Option<String>,
    },
}

#[derive(Debug, Serialize)]
struct Line {
    time: String,
    #[serde(flatten)]
    event: Event,
}

pub(crate) async fn run(source: Source, told: Told, options: Listing) -> Result<ExitCode, Failed> {
    let mut signals = Signals::listen()?;
    let running = tokio::select! {
        running = async { Plan::make(&source, told).await?.start(told).await } => running?,
        _ = signals.next() => return Ok(ExitCode::SUCCESS),
    };
    let mut gone = output::nobody_reads();
    let mut watch = running.client.watch();
    let ended = loop {
        tokio::select! {
            change = watch.next() => {
                let Some(change) = change else { break Err(Failed::unavailable("the executors ended")) };
                let line = Line { time: output::now(), event: event(&running, change) };
                let printed = if options.json { output::line(&line) } else { output::print(&text(&line)) };
                match printed {
                    Ok(true) => {}
                    Ok(false) => break Ok(ExitCode::SUCCESS),
                    Err(failed) => break Err(failed),
                }
            }
            _ = signals.next() => break Ok(ExitCode::SUCCESS),
            Ok(()) = &mut gone => break Ok(ExitCode::SUCCESS),
        }
    };
    running.client.shutdown().await;
    ended
}

fn event(running: &Running, change: CatalogueChange) -> Event {
    let client = &running.client;
    let name = |id: ConfigurationId| client.name(id).map_or_else(|| id.to_string(), |name| name.to_string());
    let access_point = |id: AccessPointId| name(id.into());
    match change {
        CatalogueChange::Snapshot { configurations, default, default_route } => Event::Snapshot {
            configurations: configurations.iter().map(|configuration| Row::new(running, configuration)).collect(),
            default: default.map(name),
            default_route: default_route.map(access_point),
        },
        CatalogueChange::Carrier(id, carrier) => Event::Carrier { configuration: access_point(id), carrier },
        CatalogueChange::Attributes(id, attributes) => Event::Attributes { configuration: access_point(id), attributes },
        CatalogueChange::Notice(notice) => match notice {
            CatalogueNotice::Added(id) => Event::Added { configuration: name(id) },
            CatalogueNotice::Changed { configuration, state } => Event::Changed { configuration: name(configuration), state },
            CatalogueNotice::Removed(id) => Event::Removed { configuration: name(id) },
            CatalogueNotice::OnlineChanged(online) => Event::Online { online },
            CatalogueNotice::RefreshCompleted => Event::Refreshed,
            CatalogueNotice::DefaultRouteChanged(id) => Event::DefaultRoute { access_point: id.map(access_point) },
        },
    }
}

fn text(line: &Line) -> String {
    let said = match &line.event {
        Event::Snapshot { configurations, .. } => return row::table(configurations, output::is_coloured()),
        Event::Added { configuration } => format!("{configuration}: added"),
        Event::Changed { configuration, state } => {
            let style = if *state == ConfigurationState::Active { GOOD } else { ATTENTION };
            format!("{configuration}: {style}{}{style:#}", word(state))
        }
        Event::Removed { configuration } => format!("{configuration}: removed"),
        Event::Carrier { configuration, carrier } => format!("{configuration}:{}", place(carrier)),
        Event::Attributes { configuration, attributes } => {
            let interface = attributes.interface.as_deref().unwrap_or("no interface");
            format!("{configuration}: {interface}, connectivity {}", word(&attributes.connectivity))
        }
        Event::Online { online } => if *online { "online" } else { "offline" }.to_owned(),
        Event::Refreshed => "refreshed".to_owned(),
        Event::DefaultRoute { access_point: Some(name) } => format!("default route: {name}"),
        Event::DefaultRoute { access_point: None } => "default route: as found".to_owned(),
    };
    format!("{FAINT}{}{FAINT:#} {said}\n", line.time)
}

fn place(carrier: &Carrier) -> String {
    let addresses: Vec<_> = carrier.addresses.iter().map(ToString::to_string).collect();
    let interface = if carrier.interface.is_empty() { "no interface" } else { &carrier.interface };
    format!(" on {interface} with {}", if addresses.is_empty() { "no address".to_owned() } else { addresses.join(" ") })
}
