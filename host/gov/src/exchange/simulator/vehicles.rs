//! The register of vehicles.

use jiff::civil::Date;
use serde_json::json;

use super::people::{Vehicle, registries};
use super::{Fields, Found, record};

/// Characters of a number plate.
const PLATE_CHARS: usize = 9;

/// Whether a text is written as a number plate is: two digits, two letters, three digits.
fn is_plate(text: &str) -> bool {
    text.len() == PLATE_CHARS
        && text.bytes().enumerate().all(|(place, byte)| match place {
            2 | 5 => byte == b'-',
            3 | 4 => byte.is_ascii_uppercase(),
            _ => byte.is_ascii_digit(),
        })
}

pub(super) fn owns(fin: &str, plate: &str) -> Found {
    if !is_plate(plate) {
        return Found::Refused("a number plate is written as in 10-AA-123");
    }
    let vehicles = &registries().vehicle;
    Found::yes(
        vehicles
            .iter()
            .any(|vehicle| vehicle.owner == fin && vehicle.plate == plate),
    )
}

pub(super) fn of_person(fin: &str, today: Date) -> Found {
    let owned = registries().vehicle.iter().filter(|vehicle| vehicle.owner == fin);
    Found::Records(owned.map(|vehicle| fields(vehicle, today)).collect())
}

pub(super) fn by_plate(plate: &str, today: Date) -> Found {
    if !is_plate(plate) {
        return Found::Refused("a number plate is written as in 10-AA-123");
    }
    match registries().vehicle.iter().find(|vehicle| vehicle.plate == plate) {
        Some(vehicle) => Found::Records(vec![fields(vehicle, today)]),
        None => Found::Missing,
    }
}

fn fields(vehicle: &Vehicle, today: Date) -> Fields {
    record([
        ("plate", json!(vehicle.plate)),
        ("owner", json!(vehicle.owner)),
        ("make", json!(vehicle.make)),
        ("model", json!(vehicle.model)),
        ("year", json!(vehicle.year)),
        ("fuel", json!(vehicle.fuel)),
        (
            "inspected_until",
            json!(inspected_until(vehicle.registered, today).to_string()),
        ),
        ("registered", json!(vehicle.registered.to_string())),
        ("mileage_km", json!(vehicle.mileage_km)),
    ])
}

/// The next anniversary of the registration: everybody here has the inspection done in time.
fn inspected_until(registered: Date, today: Date) -> Date {
    let years = today.year().saturating_sub(registered.year());
    let after = |years: i16| {
        registered
            .checked_add(jiff::Span::new().years(years.clamp(0, 200)))
            .unwrap_or(registered)
    };
    let this_year = after(years);
    if this_year > today {
        this_year
    } else {
        after(years.saturating_add(1))
    }
}
