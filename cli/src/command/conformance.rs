//! `netsession conformance`: does every executor keep every law?

use crate::arguments::{Backend, Conformance};
use crate::command::written;
use crate::error::{Failed, Kind};
use crate::output::{self, ATTENTION, ERROR, FAINT, GOOD};
use indicatif::{ProgressBar, ProgressStyle};
use netsession_conformance::lab;
use netsession_conformance::laws::{ALL, About, Suite};
use netsession_conformance::report::{self, Played, Report, Verdict};
use netsession_conformance::rig::{Brokered, ConnmanRig, NetlinkRig, NetworkManagerRig, Real, SimRig};
use netsession_conformance::scenario;
use serde::Serialize;
use std::process::ExitCode;

#[derive(Debug, Serialize)]
struct Told {
    holds: bool,
    executors: Vec<Executor>,
}

#[derive(Debug, Serialize)]
struct Executor {
    executor: String,
    laws: Vec<Law>,
}

#[derive(Debug, Serialize)]
struct Law {
    law: &'static str,
    section: &'static str,
    verdict: &'static str,
    milliseconds: u128,
    #[serde(skip_serializing_if = "String::is_empty")]
    why: String,
}

#[derive(Debug, Serialize)]
struct Listing {
    laws: Vec<Listed>,
}

#[derive(Debug, Serialize)]
struct Listed {
    law: &'static str,
    section: &'static str,
    needs: Vec<&'static str>,
}

/// The laws of the executors that are meant.
fn suites(backend: Backend) -> Vec<Suite> {
    let sim = Suite::of::<SimRig>;
    let brokered = || vec![Suite::of::<Brokered<SimRig<Real>>>(), Suite::of::<Brokered<NetlinkRig>>()];
    let (netlink, networkmanager, connman) = (Suite::of::<NetlinkRig>, Suite::of::<NetworkManagerRig>, Suite::of::<ConnmanRig>);
    match backend {
        Backend::Auto => [vec![sim()], brokered(), vec![netlink(), networkmanager(), connman()]].concat(),
        Backend::Sim => vec![sim()],
        Backend::Broker => brokered(),
        Backend::Netlink => vec![netlink()],
        Backend::Networkmanager => vec![networkmanager()],
        Backend::Connman => vec![connman()],
    }
}

/// Where this process was started to play one law, or a scenario: plays it. Call it before there is any other thread.
pub(crate) fn inside() -> Option<ExitCode> {
    if !lab::is_inside() {
        return None;
    }
    let laws = suites(Backend::Auto);
    lab::run_one(&laws.iter().flat_map(Suite::cases).chain(scenario::cases()).collect::<Vec<_>>())
}

pub(crate) fn run(backend: Backend, options: &Conformance) -> Result<ExitCode, Failed> {
    let groups = || ALL.iter().map(|law| group(law).to_owned());
    for asked in &options.laws {
        if !ALL.iter().any(|law| is_meant(law, asked)) {
            let mut known: Vec<_> = groups().chain(ALL.iter().map(|law| law.section.to_owned())).collect();
            known.sort();
            known.dedup();
            return Err(Failed::unknown("law, group or section", asked, known.into_iter().chain(["--list has the laws".to_owned()])));
        }
    }
    let chosen = |law: &About| options.laws.is_empty() || options.laws.iter().any(|asked| is_meant(law, asked));
    if options.list {
        return list(ALL.iter().filter(|law| chosen(law)), options.json);
    }
    let suites = suites(backend);
    let count = suites.iter().flat_map(|suite| &suite.laws).filter(|law| law.case.is_ok() && chosen(&law.about)).count();
    let bar = ProgressBar::new(count as u64);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} of {len} laws, {msg}, {elapsed}") {
        bar.set_style(style);
    }
    let report = report::play(&suites, chosen, options.threads.get(), &|law| {
        bar.set_message(law.to_owned());
        bar.inc(1);
    });
    bar.finish_and_clear();
    tell(&report, options)
}

fn tell(report: &Report, options: &Conformance) -> Result<ExitCode, Failed> {
    if let Some(path) = &options.junit {
        written::file(path, &report::document(report))?;
    }
    if options.json {
        output::line(&told(report))?;
    } else {
        output::print(&text(report))?;
    }
    let names = |word: &str| {
        let each = report.shown.iter().flat_map(|shown| shown.laws.iter().map(move |played| (shown, played)));
        let named = each.filter(|(_, played)| played.verdict.word() == word);
        named.map(|(shown, played)| (format!("{}::{}", shown.executor, played.about.name), played.verdict.why())).collect::<Vec<_>>()
    };
    let failed = names("failed");
    if !failed.is_empty() {
        if !options.json {
            failed.iter().for_each(|(name, said)| output::complain(&format!("--- {name}\n{said}")));
        }
        let names: Vec<_> = failed.into_iter().map(|(name, _)| name).collect();
        let help = "`--law NAME` plays one again";
        return Err(Failed::new(Kind::Failed, format!("not kept: {}", names.join(", "))).help(help));
    }
    match (report.count("passed"), names("impossible").first()) {
        (0, Some((_, why))) => Err(Failed::unavailable(format!("no law can be played here: {why}")).help("`netsession doctor` says more")),
        _ => Ok(ExitCode::SUCCESS),
    }
}

fn group(law: &About) -> &'static str {
    law.name.split_once("::").map_or(law.name, |(group, _)| group)
}

/// By its name, the part of it after the group, its group, or its section, with or without SPEC and §.
fn is_meant(law: &About, asked: &str) -> bool {
    let bare = |section: &str| section.trim_start_matches("SPEC ").trim_start_matches('§').to_lowercase();
    let short = law.name.rsplit("::").next();
    law.name == asked || short == Some(asked) || group(law) == asked || bare(law.section) == bare(asked)
}

fn needs(law: &About) -> Vec<&'static str> {
    let names = netsession::Capabilities::NAMES.iter().filter(|(one, _)| law.needs.has(*one));
    names.map(|(_, name)| *name).collect()
}

fn list<'a>(laws: impl Iterator<Item = &'a About>, json: bool) -> Result<ExitCode, Failed> {
    let laws: Vec<_> = laws.map(|law| Listed { law: law.name, section: law.section, needs: needs(law) }).collect();
    if json {
        return output::all(&format!("{}\n", output::json(&Listing { laws })));
    }
    let wide = laws.iter().map(|law| law.law.len()).max().unwrap_or(0);
    let lines =
        laws.iter().map(|law| format!("{:<wide$}  {:<9}  {}", law.law, law.section, law.needs.join(", ")).trim_end().to_owned() + "\n");
    output::all(&lines.collect::<String>())
}

fn told(report: &Report) -> Told {
    let law = |played: &Played| Law {
        law: played.about.name,
        section: played.about.section,
        verdict: played.verdict.word(),
        milliseconds: played.time.as_millis(),
        why: played.verdict.why(),
    };
    let executors =
        report.shown.iter().map(|shown| Executor { executor: shown.executor.clone(), laws: shown.laws.iter().map(law).collect() });
    Told { holds: report.count("failed") == 0, executors: executors.collect() }
}

fn text(report: &Report) -> String {
    let wide = report.shown.iter().flat_map(|shown| &shown.laws).map(|played| played.about.name.len()).max().unwrap_or(0);
    let mut lines = Vec::new();
    for shown in &report.shown {
        lines.push(shown.executor.clone());
        for played in &shown.laws {
            let style = match played.verdict {
                Verdict::Passed => GOOD,
                Verdict::Failed(_) => ERROR,
                Verdict::Excused(_) => FAINT,
                Verdict::Impossible(_) => ATTENTION,
            };
            let end = match &played.verdict {
                Verdict::Passed | Verdict::Failed(_) => format!("{:.2} s", played.time.as_secs_f64()),
                Verdict::Excused(_) | Verdict::Impossible(_) => played.verdict.why(),
            };
            let (about, verdict) = (played.about, played.verdict.word());
            let end = end.lines().next().unwrap_or_default();
            lines.push(format!("  {:<wide$}  {:<9}  {style}{verdict:<10}{style:#}  {end}", about.name, about.section));
        }
    }
    let words = ["passed", "failed", "excused", "impossible"];
    let counts = words.map(|word| (report.count(word), if word == "impossible" { "impossible here" } else { word }));
    let counts: Vec<_> =
        counts.into_iter().filter(|(count, word)| *count > 0 || *word == "failed").map(|(count, word)| format!("{count} {word}")).collect();
    lines.push(counts.join(", "));
    lines.join("\n") + "\n"
}
