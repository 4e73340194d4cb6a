//! What did the hub decide, and what did the application see? Every step of the hub, in words.

use super::stage::name;
use super::timeline::{Lane, Timeline};
use netsession::fsm::hub::{Command, Input, LinkReport, Output, Report, Timer};
use netsession::{AccessPointId, CatalogueNotice, Cause, ConfigurationId, ConfigurationState, Notice, OfferKind, Policies, Tap};
use std::collections::BTreeMap;
use std::time::Instant;

/// Puts every step of the hub on the timeline.
pub(super) fn tap(timeline: &Timeline) -> Tap {
    let timeline = timeline.clone();
    let mut links = BTreeMap::new();
    Box::new(move |input, outputs| {
        let now = Instant::now();
        for text in reported(&mut links, input) {
            timeline.say_at(now, Lane::Link, text);
        }
        for output in outputs {
            if let Some((lane, text)) = said(output) {
                timeline.say_at(now, lane, text);
            }
        }
    })
}

/// Changes of links, as the executor reported them.
fn reported(links: &mut BTreeMap<AccessPointId, (ConfigurationState, Cause)>, input: &Input) -> Vec<String> {
    let reports: &[LinkReport] = match input {
        Input::Report(Report::Link(link)) => std::slice::from_ref(link),
        Input::Report(Report::Resync { links, .. }) => links,
        _ => &[],
    };
    let changed = reports.iter().filter(|link| {
        let now = (link.state, link.cause);
        links.insert(link.access_point, now) != Some(now)
    });
    let line = |link: &LinkReport| match link.cause {
        Cause::Unknown => format!("{} is {:?}", name(link.access_point), link.state),
        cause => format!("{} is {:?}: {cause}", name(link.access_point), link.state),
    };
    changed.map(line).collect()
}

fn said(output: &Output) -> Option<(Lane, String)> {
    let (lane, text) = match output {
        Output::Command(command) => (Lane::Hub, ordered(*command)),
        Output::Arm(Timer::Settle(id), delay) => (Lane::Hub, format!("{} must stay for {delay:?} to be offered", name(*id))),
        Output::Arm(Timer::Suppression(_, id), delay) => {
            (Lane::Hub, format!("{} is not offered again for {} s, unless it goes and comes back", name(*id), delay.as_secs()))
        }
        Output::Catalogue(CatalogueNotice::DefaultRouteChanged(route)) => {
            (Lane::Hub, format!("the default route is now {}", route.map_or("as found", name)))
        }
        Output::Notice { notice, .. } => (Lane::App, seen(notice)),
        Output::Refused(refusal) => (Lane::Hub, format!("refused: {refusal}")),
        Output::Arm(..) | Output::Disarm(_) | Output::Catalogue(_) | Output::Created { .. } | Output::Answer { .. } => return None,
    };
    Some((lane, text))
}

fn ordered(command: Command) -> String {
    match command {
        Command::Raise { access_point, .. } => format!("Raise {}", name(access_point)),
        Command::Lower { access_point, .. } => format!("Lower {}", name(access_point)),
        Command::Prefer { access_point, .. } => format!("Prefer {}", access_point.map_or("nothing", name)),
        Command::Refresh { .. } => "Refresh".to_owned(),
    }
}

fn seen(notice: &Notice) -> String {
    match notice {
        Notice::StateChanged(state) => format!("sees: {state:?}"),
        Notice::PoliciesChanged(Policies::NONE) => "sees: no usage policies".to_owned(),
        Notice::PoliciesChanged(_) => "sees: no background traffic, the link is metered".to_owned(),
        Notice::Opened => "sees: opened".to_owned(),
        Notice::Closed => "sees: closed".to_owned(),
        Notice::PreferredConfigurationChanged(offer) => {
            let kind = match offer.kind {
                OfferKind::Upgrade => "upgrade",
                OfferKind::Downgrade => "downgrade",
            };
            let old = if offer.keeps_old { "keeps" } else { "gives up" };
            format!("sees: {}: {} ({kind}, {old} the old link)", offer.id, name(offer.access_point))
        }
        Notice::NewConfigurationActivated { access_point, .. } => format!("sees: {} is up, to be tested", name(*access_point)),
        Notice::OfferWithdrawn(offer) => format!("sees: {offer} withdrawn"),
        Notice::Error(error) => match error.configuration {
            ConfigurationId::AccessPoint(id) => format!("sees: error: {} on {}: {}", error.operation, name(id), error.cause),
            ConfigurationId::ServiceNetwork(_) | ConfigurationId::UserChoice(_) => {
                format!("sees: error: {}: {}", error.operation, error.cause)
            }
        },
    }
}
