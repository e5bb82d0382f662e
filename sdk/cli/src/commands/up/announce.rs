//! The `ready` line, and whom to log in as.

use aim_gov::identity::personas;
use aim_registry::staff_login::NewStaff;
use aim_registry::{DEVELOPMENT_CODE, DEVELOPMENT_PASSWORD};

use crate::ui;

/// Says where the platform is and who can be played. Whoever waits for us reads the first line.
pub fn ready(url: &str, staff: &[NewStaff]) {
    ui::say(format_args!("ready {url}"));
    ui::say("");
    ui::say(format_args!(
        "  Citizens log in by FIN with the code {}:",
        personas::ONE_TIME_CODE
    ));
    for persona in personas::all() {
        let (person, about) = (&persona.person, &persona.about);
        let about = about.en.as_deref().unwrap_or(&about.az);
        ui::say(format_args!("    {}  {}: {about}", person.fin, person.name()));
    }
    ui::say(format_args!(
        "  Staff log in at {url}/en/staff with the password {DEVELOPMENT_PASSWORD} and the code {DEVELOPMENT_CODE}:"
    ));
    for person in staff {
        ui::say(format_args!(
            "    {}  {}, {}",
            person.email,
            person.name,
            person.role.code()
        ));
    }
    ui::say(format_args!(
        "  Startups begin at {url}/en/developers, logged in as any citizen."
    ));
    let Some((_, host)) = url.split_once("://") else {
        return;
    };
    let port = host.rsplit(':').next().unwrap_or(host);
    ui::say(format_args!(
        "  Services are at http://NAME.{host}. Browsers and curl know such names; Node and Python do not: connect \
         them to\n  127.0.0.1:{port} with the header `Host: NAME.{host}`, or add `127.0.0.1 NAME.localhost` to \
         /etc/hosts."
    ));
}
