//! Does the program do with the real ConnMan what it says: list, open, stop, monitor, doctor?

use crate::program::{ConfigFile, Trouble, without_a_file};
use netsession_conformance::lab::daemons::{Bus, Connman, ConnmanOptions};
use netsession_conformance::lab::{Lab, Outcome};
use rustix::process::Signal;
use serde_json::{Value, json};

/// Two access points with fixed addresses, and ConnMan with a service for each, both called "Wired".
struct Rig {
    connman: Connman,
    wifi: String,
    lte: String,
    _bus: Bus,
}

async fn rig(lab: &Lab) -> Result<Rig, Trouble> {
    let (wifi, lte) = (lab.plug_in("wifi0", 1).await?, lab.plug_in("lte0", 2).await?);
    let bus = Bus::start().await?;
    let fixed = vec![wifi.clone(), lte.clone()];
    let connman = Connman::start(&bus, &ConnmanOptions { fixed, ..ConnmanOptions::default() }).await?;
    let (wifi, lte) = (Connman::service(&wifi), Connman::service(&lte));
    connman.becomes(&wifi, Some("idle")).await?;
    connman.becomes(&lte, Some("idle")).await?;
    Ok(Rig { connman, wifi, lte, _bus: bus })
}

/// `home` and `phone`, best first, and the service network `net` over them; who realises them is not said.
fn file(rig: &Rig) -> Result<ConfigFile, Trouble> {
    ConfigFile::of(&format!(
        "[settings]\nsettle = \"0s\"\nback-off = \"50ms\"\n[[access-point]]\nname = \"home\"\nservice = \"{}\"\n\
         [[access-point]]\nname = \"phone\"\ninterface = \"lte0\"\n[[service-network]]\nname = \"net\"\nmembers = [\"home\", \"phone\"]\n",
        rig.wifi
    ))
}

/// What is told of the configuration on this interface.
fn on<'a>(told: &'a Value, interface: &str) -> &'a Value {
    let all = told["configurations"].as_array();
    let found = all.and_then(|all| all.iter().find(|row| row["expected_interface"] == interface));
    found.unwrap_or_else(|| panic!("nothing on {interface}: {told}"))
}

pub(crate) async fn is_listed_without_a_file(lab: Lab) -> Outcome {
    let rig = rig(&lab).await?;
    rig.connman.connect(&rig.lte).await?;
    let told = without_a_file(&["list", "--json"])?.tells(0).await?;
    let (wifi, lte) = (on(&told, "wifi0"), on(&told, "lte0"));
    let facts = |row: &Value| json!([row["executor"], row["state"], row["bearer"], row["interface"]]);
    assert_eq!(facts(wifi), json!(["connman", "discovered", "ethernet", null]));
    assert_eq!(facts(lte), json!(["connman", "active", "ethernet", "lte0"]));
    assert!(lte["addresses"].as_array().is_some_and(|all| all.contains(&json!("10.2.0.2"))), "{lte}");
    assert_eq!(lte["because"], format!("ConnMan has the service {:?}", rig.lte));
    assert_eq!(told["configurations"].as_array().map(Vec::len), Some(2), "{told}");
    // one is called as its service is, the other one's name is taken
    let names = [&wifi["name"], &lte["name"]].map(|name| name.as_str().unwrap_or_default().to_owned());
    assert!(names.contains(&"Wired".to_owned()), "{names:?}");
    assert!(names.contains(&format!("Wired ({})", rig.wifi)) || names.contains(&format!("Wired ({})", rig.lte)), "{names:?}");
    assert_eq!(rig.connman.state(&rig.wifi).await?.as_deref(), Some("idle"));
    Ok(())
}

pub(crate) async fn is_opened_and_roams(lab: Lab) -> Outcome {
    let rig = rig(&lab).await?;
    let file = file(&rig)?;
    let mut program = file.run(&["open", "--json", "net", "--", "sh", "-c", "echo $NETSESSION_ADDRESS; cat; exit 9"])?;
    for access_point in ["home", "phone"] {
        let chosen = program.event("chosen").await?;
        assert_eq!((&chosen["access_point"], &chosen["executor"]), (&json!(access_point), &json!("connman")));
    }
    let connected = program.event("connected").await?;
    assert_eq!((&connected["access_point"], &connected["interface"]), (&json!("home"), &json!("wifi0")));
    assert_eq!(program.line(|_| true).await?, "10.1.0.2");
    lab.router.cut("wifi0").await?;
    assert_eq!(program.event("connected").await?["access_point"], "phone");
    drop(program.input.take());
    program.ends_with(9).await?;
    rig.connman.becomes(&rig.lte, Some("idle")).await?;
    Ok(())
}

pub(crate) async fn is_stopped_and_stays_so(lab: Lab) -> Outcome {
    let rig = rig(&lab).await?;
    rig.connman.connect(&rig.wifi).await?;
    let file = file(&rig)?;
    assert_eq!(file.run(&["stop", "--json", "net"])?.tells(0).await?, json!({ "stopped": ["home"] }));
    rig.connman.becomes(&rig.wifi, Some("idle")).await?;
    assert_eq!(file.run(&["stop", "--json", "home"])?.tells(0).await?, json!({ "stopped": [] }));
    Ok(())
}

pub(crate) async fn is_watched(lab: Lab) -> Outcome {
    let rig = rig(&lab).await?;
    let file = file(&rig)?;
    let mut program = file.run(&["monitor", "--json"])?;
    let snapshot: Value = serde_json::from_str(&program.line(|_| true).await?)?;
    assert_eq!((&snapshot["event"], &on(&snapshot, "wifi0")["state"]), (&json!("snapshot"), &json!("discovered")));
    rig.connman.connect(&rig.wifi).await?;
    program.line(|line| line.contains("\"event\":\"changed\",\"configuration\":\"home\",\"state\":\"active\"")).await?;
    let carrier = program.line(|line| line.contains("\"event\":\"carrier\",\"configuration\":\"home\"")).await?;
    assert!(carrier.contains("\"interface\":\"wifi0\"") && carrier.contains("10.1.0.2"), "{carrier}");
    rig.connman.disconnect(&rig.wifi).await?;
    program.line(|line| line.contains("\"event\":\"changed\",\"configuration\":\"home\",\"state\":\"discovered\"")).await?;
    program.send(Signal::INT)?;
    program.ends_with(0).await
}

pub(crate) async fn is_examined(lab: Lab) -> Outcome {
    let mut rig = rig(&lab).await?;
    let file = file(&rig)?;
    let told = file.run(&["doctor", "--json"])?.tells(0).await?;
    let check = |told: &Value, group: &str, name: &str| {
        let checks = told["checks"].as_array().expect("checks");
        let found = checks.iter().find(|check| check["group"] == group && check["name"] == name);
        found.unwrap_or_else(|| panic!("no {name} of {group}: {told}")).clone()
    };
    let daemon = check(&told, "daemons", "ConnMan");
    assert_eq!((&daemon["status"], &daemon["found"]), (&json!("ok"), &json!("runs with 2 services")));
    assert_eq!(check(&told, "interfaces", "wifi0")["found"], "through ConnMan: ConnMan has a service on wifi0");
    assert_eq!(check(&told, "configuration", "home")["status"], "ok");
    rig.connman.stop().await?;
    let told = file.run(&["doctor", "--json"])?.tells(1).await?;
    assert_eq!(check(&told, "daemons", "ConnMan")["status"], "problem");
    let home = check(&told, "configuration", "home");
    assert_eq!((&home["status"], &home["todo"]), (&json!("problem"), &json!("start it: `systemctl start connman`")), "{home}");
    Ok(())
}
