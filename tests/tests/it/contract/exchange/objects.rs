//! Look-ups of things are no oracle for whose they are.

use super::*;

fn plate(plate: &str, purpose: &str) -> Context {
    Context {
        subject: Subject::Object,
        purpose: purpose.to_owned(),
        ..about("vehicles.by-plate", &[("plate", plate)])
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn vehicle_is_described_to_anybody_without_a_word_of_its_owner() {
    everywhere(async |rig: Rig| {
        let invocation = asking(&rig, ORDINARY, |_| ());
        let stranger = Invocation {
            session: None,
            ..invocation.clone()
        };
        let fields = ["make", "model", "year", "fuel", "inspected_until"];
        let own = plate("10-SM-001", NOTHING);
        for who in [&invocation, &stranger] {
            let answer = read(&rig, who, &own, &fields).await.unwrap();
            let found = records(&answer);
            assert_eq!(
                (&found[0]["make"], &found[0]["year"]),
                (&json!("Hyundai"), &json!(2017))
            );
            assert!(!found.to_string().contains("owner"), "{found}");
        }
        let none = read(&rig, &stranger, &plate("10-SM-999", NOTHING), &fields).await;
        assert_eq!(none.unwrap_err(), GovError::NotFound);
        let owner = read(&rig, &stranger, &own, &["owner"]).await;
        assert_eq!(owner.unwrap_err().code(), "field-not-approved");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn personal_fields_of_a_vehicle_are_its_owners_alone() {
    everywhere(async |rig: Rig| {
        let fields = ["make", "mileage_km"];
        let own = plate("10-SM-001", REGISTERS);
        let invocation = asking(&rig, ORDINARY, |_| ());
        let stranger = Invocation {
            session: None,
            ..invocation.clone()
        };
        let code = async |who: &Invocation, context: &Context| {
            read(&rig, who, context, &fields).await.unwrap_err().code()
        };
        assert_eq!(code(&stranger, &own).await, "login-required");
        assert_eq!(code(&invocation, &own).await, "consent-required");
        assert_eq!(
            code(&invocation, &plate("10-SM-001", NOTHING)).await,
            "attribute-not-approved"
        );
        agree(&rig, &invocation, REGISTERS).await;
        let answer = read(&rig, &invocation, &own, &fields).await.unwrap();
        assert_eq!(
            records(&answer),
            json!([{ "make": "Hyundai", "mileage_km": 84_200 }])
        );
        // Somebody else's: whoever they are, the answer is the same.
        for fin in ["OTEST02", WITHOUT_VEHICLE] {
            let other = agreed(&rig, fin).await;
            let answer = read(&rig, &other, &own, &fields).await.unwrap();
            assert_eq!(records(&answer), json!([{ "make": "Hyundai" }]), "{fin}");
        }
    })
    .await;
}
