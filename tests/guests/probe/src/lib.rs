//! Calls each government API on demand and says plainly what it answered: `ok …`, or the error's code.
//!
//! | path | what it does |
//! |---|---|
//! | `/` | nothing |
//! | `/enter` | asks for the given name and lets the SDK lead to log-in and consent |
//! | `/claims?times=n` | reads the given name so many times |
//! | `/bills` | lists the open bills: id, service code, amount |
//! | `/create?key=k&amount=a&code=c&reference=r&times=n` | makes a payment; with `times`, so many under `k-0`, `k-1`… |
//! | `/find?key=k` | looks a payment up |
//! | `/refund?key=k&payment=p&amount=a&refundable=r` | gives money back |

use aim_sdk::http::Params;
use aim_sdk::payments::{Money, NewPayment, Payment};
use aim_sdk::prelude::*;

const PURPOSE: &str = "probe";

#[aim_sdk::service]
fn probe(request: Request) -> Result<Response, Error> {
    let query = request.query();
    let said = match request.path() {
        "/" => Ok("ok".to_owned()),
        "/enter" => {
            let claims = identity::current()?.claims(&["given_name"], PURPOSE)?;
            Ok(format!("ok {}", claims.given_name.unwrap_or_default()))
        }
        "/claims" => claims(&query),
        "/bills" => bills(),
        "/create" => create(&query),
        "/find" => payments::find(query.get("key").unwrap_or_default()).map(|found| match found {
            Some(payment) => describe(&payment),
            None => "ok nothing".to_owned(),
        }),
        "/refund" => refund(&query),
        _ => return Err(Error::not_found()),
    };
    Ok(match said {
        Ok(said) => Response::text(said),
        Err(error) => Response::text(error.code()).with_status(409),
    })
}

fn claims(query: &Params) -> Result<String, GovError> {
    let citizen = identity::current()?;
    let mut name = None;
    for _ in 0..number(query, "times").max(1) {
        name = citizen.claims(&["given_name"], PURPOSE)?.given_name;
    }
    Ok(format!("ok {}", name.unwrap_or_default()))
}

fn bills() -> Result<String, GovError> {
    let lines: Vec<_> = payments::bills("utilities", PURPOSE)?
        .into_iter()
        .map(|bill| format!("{} {} {}", bill.id, bill.service_code, bill.amount.minor_units))
        .collect();
    Ok(lines.join("\n"))
}

fn create(query: &Params) -> Result<String, GovError> {
    let key = query.get("key").unwrap_or_default();
    let new = NewPayment {
        amount: Money::azn(number(query, "amount")),
        service_code: query.get("code").unwrap_or("utilities.water").to_owned(),
        reference: query.get("reference").unwrap_or("probe").to_owned(),
        description: Localised::new("Sınaq ödənişi", "Test payment"),
        return_path: "/".to_owned(),
        delayed_capture: false,
        metadata: Vec::new(),
    };
    let times = number(query, "times");
    for n in 0..times {
        payments::create(&format!("{key}-{n}"), &new)?;
    }
    if times > 0 {
        return Ok(format!("ok {times}"));
    }
    payments::create(key, &new).map(|payment| describe(&payment))
}

fn refund(query: &Params) -> Result<String, GovError> {
    let payment = payments::get(query.get("payment").unwrap_or_default())?;
    let refund = payments::refund(
        query.get("key").unwrap_or_default(),
        &payment,
        number(query, "amount"),
        number(query, "refundable"),
    )?;
    Ok(format!("ok {} {}", refund.id, refund.minor_units))
}

fn describe(payment: &Payment) -> String {
    format!(
        "ok {} {:?} {} {}",
        payment.id,
        payment.status,
        payment.amount.minor_units,
        payment.next_url.as_deref().unwrap_or("-")
    )
}

fn number(query: &Params, name: &str) -> u64 {
    query.get(name).and_then(|text| text.parse().ok()).unwrap_or(0)
}
