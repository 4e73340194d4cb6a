//! How is written what there is? Access points, groups of them, deadlines, and where a scenario is not played.

use super::super::words::{Ends, Line, Setting, Standing, Trait};
use super::super::{Place, Scenario};
use super::terms::{Details, Time, Word};
use netsession_fsm::words::AccessPoint;
use std::fmt;

/// Every declaration, in an order in which each name is known before it is used.
pub(super) fn written(f: &mut fmt::Formatter<'_>, scenario: &Scenario) -> fmt::Result {
    let usual = Scenario::usual_settings();
    let settings = Setting::ALL.into_iter().map(|setting| (setting, setting.of(&scenario.settings)));
    let settings = settings.filter(|(setting, time)| setting.of(&usual) != *time).map(|(setting, time)| Line::Setting(setting, time));
    let not_on = scenario.not_on.iter().map(|(world, why)| Line::NotOn(world.clone(), why.clone()));
    let access_points = scenario.access_points.iter().map(|place| Line::AccessPoint(place.name.clone(), traits(place)));
    let service_networks = scenario.service_networks.iter().map(|(name, of)| Line::ServiceNetwork(name.clone(), of.clone()));
    let user_choices = scenario.user_choices.iter().map(|(name, of)| Line::UserChoice(name.clone(), of.clone()));
    let default = scenario.default.iter().map(|name| Line::Default(name.clone()));
    let mut lines = not_on.chain(settings).chain(access_points).chain(service_networks).chain(user_choices).chain(default);
    lines.try_for_each(|line| writeln!(f, "{line}"))
}

pub(super) fn line(f: &mut fmt::Formatter<'_>, line: &Line) -> fmt::Result {
    match line {
        Line::AccessPoint(name, traits) => write!(f, "access point {name}{}", Details(traits)),
        Line::ServiceNetwork(name, members) => write!(f, "service network {name}{}", Details(members)),
        Line::UserChoice(name, options) => write!(f, "user choice {name}{}", Details(options)),
        Line::Default(name) => write!(f, "default configuration {name}"),
        Line::Setting(setting, time) => write!(f, "{setting} {}", Time(*time)),
        Line::NotOn(world, why) => write!(f, "not on {world}: {why}"),
        Line::Repeat(times) => write!(f, "repeat {times} times"),
        Line::End => f.write_str("end"),
        Line::Step(what) => write!(f, "{what}"),
    }
}

/// What is other than usual.
fn traits(place: &Place) -> Vec<Trait> {
    let AccessPoint { bearer, purpose, metered, radio, .. } = &place.attributes;
    let usual = AccessPoint::default();
    let all = [
        (place.standing != Standing::default()).then_some(Trait::Stands(place.standing)),
        (place.raise != Ends::default()).then_some(Trait::Raise(place.raise)),
        place.raise_delay.map(Trait::RaiseDelay),
        place.lower_delay.map(Trait::LowerDelay),
        (place.prefer != Ends::default()).then_some(Trait::Prefer(place.prefer)),
        (*bearer != usual.bearer).then_some(Trait::Bearer(*bearer)),
        (*purpose != usual.purpose).then_some(Trait::Purpose(*purpose)),
        (*metered != usual.metered).then_some(Trait::Metered(*metered)),
        radio.map(|radio| Trait::Radio(format!("r{}", radio.0))),
        place.connect_timeout.map(Trait::ConnectTimeout),
        place.cannot_stop.then_some(Trait::CannotStop),
    ];
    all.into_iter().flatten().collect()
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Settle => "settle",
            Self::OfferDeadline => "offer deadline",
            Self::TrialDeadline => "trial deadline",
            Self::CommitTimeout => "commit timeout",
            Self::Suppression => "suppression",
            Self::BackOff => "back off",
            Self::Grace => "grace",
        })
    }
}

impl fmt::Display for Trait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stands(standing) => f.write_str(match standing {
                Standing::Usable => "usable",
                Standing::Away => "away",
                Standing::Forbidden => "forbidden",
                Standing::Hidden => "hidden",
                Standing::FoundUp => "found up",
            }),
            Self::Raise(ends) => write!(f, "raise {ends}"),
            Self::RaiseDelay(time) => write!(f, "raise takes {}", Time(*time)),
            Self::LowerDelay(time) => write!(f, "lower takes {}", Time(*time)),
            Self::Prefer(ends) => write!(f, "prefer {ends}"),
            Self::Bearer(bearer) => write!(f, "bearer {}", Word(bearer)),
            Self::Purpose(purpose) => write!(f, "purpose {}", Word(purpose)),
            Self::Metered(metered) => write!(f, "metered {}", Word(metered)),
            Self::Radio(radio) => write!(f, "radio {radio}"),
            Self::ConnectTimeout(time) => write!(f, "connect timeout {}", Time(*time)),
            Self::CannotStop => f.write_str("cannot stop"),
        }
    }
}

impl fmt::Display for Ends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Well => "works",
            Self::Badly => "fails",
            Self::Never => "hangs",
        })
    }
}
