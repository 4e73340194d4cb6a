//! Can a person walk through a world in a browser? A real one, told over its debugging socket where to click.
//!
//! Without a browser it is skipped, loudly; where `CI` is set, it fails instead. The picture of the page is left in the target directory.

mod browser;
mod common;

use browser::Browser;
use common::Place;
use serde_json::json;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Stdio};

/// The program, serving; ended with the test.
struct Serving {
    program: Child,
    url: String,
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

fn serving(place: &Place, words: &[&str]) -> Serving {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
    let address = free.to_string();
    let words = [&["explore", "--address", &address][..], words].concat();
    let mut program = place.command(&words).stderr(Stdio::piped()).spawn().expect("the program runs");
    let told = BufReader::new(program.stderr.take().expect("piped")).lines().next().expect("a line").expect("text");
    let url = told.split(' ').find(|word| word.starts_with("http://")).unwrap_or_else(|| panic!("no address: {told}")).to_owned();
    Serving { program, url }
}

#[test]
fn a_person_takes_steps_and_sees_the_chart_and_the_verdicts() {
    let Some(mut browser) = Browser::start("explore") else { return };
    let place = Place::new("explore");
    let serving = serving(&place, &["--world", "radio"]);
    browser.open(&serving.url);
    browser.wait("the first state", "document.body.innerText.includes('link wlan one: really Defined')");
    assert_eq!(browser.tell("document.querySelectorAll('svg.netsession-chart').length"), json!(1), "a chart before the first step");
    assert_eq!(browser.tell("document.querySelectorAll('svg.netsession-chart .netsession-last').length"), json!(0));

    browser.click("executor: wlan one is Discovered now");
    browser.wait("the step", "document.querySelectorAll('svg.netsession-chart .netsession-last').length === 1");
    browser.wait("the state it leads to", "document.body.innerText.includes('link wlan one: really Discovered')");
    let chart = browser.tell("document.querySelector('svg.netsession-chart').textContent");
    assert!(chart.as_str().is_some_and(|chart| chart.contains("wlan one is Discovered now") && chart.contains("executor")), "{chart}");

    browser.click("executor to hub: report on wlan one");
    browser.wait("its notice", "document.querySelector('svg.netsession-chart').textContent.includes('state_changed Disconnected')");
    browser.click("client 0 to hub: open");
    browser.wait("the command", "document.querySelector('svg.netsession-chart').textContent.includes('Raise wlan one')");
    browser.wait("the lease", "document.body.innerText.includes('leased by session 0')");

    let shown = "[...document.querySelectorAll('.main-flex-left li')].map((line) => line.innerText.replace(/\\s+/g, ' '))";
    browser.wait("the verdicts", &format!("{shown}.some((line) => line.includes('Always S19'))"));
    let lines = browser.tell(shown);
    let lines: Vec<&str> = lines.as_array().expect("a list").iter().filter_map(|line| line.as_str()).collect();
    for number in 1..=19 {
        let always = lines.iter().find(|line| line.ends_with(&format!("Always S{number}")));
        assert!(always.is_some_and(|line| line.contains("Searching") || line.contains("holds")), "S{number}: {lines:?}");
        assert!(lines.iter().any(|line| line.contains(&format!("Sometimes S{number}: "))), "the witness of S{number}: {lines:?}");
    }
    let path = browser.picture("explore.png");
    assert!(std::fs::metadata(&path).is_ok_and(|file| file.len() > 20_000), "{}", path.display());
}

#[test]
fn a_violation_is_shown_where_it_is() {
    let Some(mut browser) = Browser::start("violation") else { return };
    let place = Place::new("explore-violation");
    let serving = serving(&place, &["--world", "radio", "--mutant", "RaisesOnBusyRadio"]);
    browser.open(&serving.url);
    for step in [
        "executor: wlan one is Discovered now",
        "executor to hub: report on wlan one",
        "client 0 to hub: open",
        "executor: wlan two is Discovered now",
        "executor to hub: report on wlan two",
        "hub: deadline of client 0 passed",
    ] {
        browser.click(step);
        let text = serde_json::to_string(step).expect("text");
        let last = "[...document.querySelectorAll('.path-list li')].at(-1).innerText";
        browser.wait(step, &format!("{last}.includes({text})"));
    }
    browser.wait("the verdict", "document.body.innerText.includes('VIOLATED: S15')");
    browser.wait("no step after it", "document.querySelectorAll('.main-flex-left > ul:last-child li').length === 0");
    browser.wait("the property", "[...document.querySelectorAll('.main-flex-left li')].some((line) => /Counterexample found.*Always S15$/.test(line.innerText.trim()))");
    browser.picture("explore-violation.png");
}
