//! What a child does without end: pays, holds, refunds, signs, and delivers the events of all that.

use aim_gov::payments::state::State;
use aim_gov::payments::{NewPayment, Payment, RefundState};
use aim_gov::signature::{
    Asked, AskedContent, Begun, Chosen, Level, NewDocument, NewFile, NewSigning, Party, SigningOrder, Status,
};
use aim_gov::signature_terms::{Assurance, Format};
use anyhow::{Context as _, Result, bail, ensure};
use futures::future::try_join_all;

use super::account::QEPIK;
use super::scene::{self, GOOD_CARD};
use super::tell;
use super::world::{Allowed as _, SIGN, World};

/// Of each kind, how many are under way at once.
const PAYMENTS: usize = 4;
const HOLDS: usize = 3;
const REFUNDS: usize = 2;
const SIGNINGS: usize = 2;
const REMINDERS: usize = 4;
/// How long a signing can be answered: less than a life, so that nobody waits for those of a killed child.
const SIGNING_MS: i64 = 6 * 60 * 1000;

/// Works until it is killed.
///
/// # Errors
/// What was refused.
pub async fn work(world: &World, life: u32) -> Result<()> {
    let new = NewFile {
        name: "rules.txt".to_owned(),
        media_type: "text/plain".to_owned(),
        content: b"Razi".to_vec(),
    };
    let asking = world.scene.by(&world.citizen(0));
    let file = world.apis.signatures.stage(&asking, new).await.allowed()?.id;
    for round in 0_u32.. {
        let key = |kind: &str, number: usize| format!("{kind}-{life}-{round}-{number}");
        // Another node delivers the same events.
        tokio::try_join!(
            try_join_all((0..PAYMENTS).map(|number| pay(world, key("pay", number), number))),
            try_join_all((0..HOLDS).map(|number| hold(world, key("hold", number), number))),
            try_join_all((0..REFUNDS).map(|number| refund(world, key("refund", number), number))),
            try_join_all((0..SIGNINGS).map(|number| sign(world, key("sign", number), number, &file))),
            try_join_all((0..REMINDERS).map(|number| remind(world, key("due", number)))),
            world.deliver(),
            world.deliver(),
        )?;
    }
    Ok(())
}

async fn create(world: &World, key: &str, number: usize, delayed_capture: bool) -> Result<Payment> {
    tell("intent", key)?;
    let by = world.scene.by(&world.citizen(number));
    let new = NewPayment {
        delayed_capture,
        ..scene::new_payment(QEPIK)
    };
    let payment = world
        .apis
        .payments
        .create(&by, key, new.clone())
        .await
        .allowed()?;
    tell("created", key)?;
    // As a client does that did not hear the answer.
    if number.is_multiple_of(2) {
        let again = world.apis.payments.create(&by, key, new).await.allowed()?;
        ensure!(again.id == payment.id, "{key} was made twice");
    }
    Ok(payment)
}

async fn pay(world: &World, key: String, number: usize) -> Result<()> {
    let payment = create(world, &key, number, false).await?;
    let paid = world.scene.pay(&payment, GOOD_CARD).await;
    ensure!(paid.state == State::Success, "{key}: {paid:?}");
    Ok(tell("paid", &key)?)
}

/// Of three, one is captured, one goes back, and one stays held.
async fn hold(world: &World, key: String, number: usize) -> Result<()> {
    let payment = create(world, &key, number, true).await?;
    let held = world.scene.pay(&payment, GOOD_CARD).await;
    ensure!(held.state == State::Capturable, "{key}: {held:?}");
    tell("held", &key)?;
    let by = world.scene.by(&payment.citizen);
    let payments = &world.apis.payments;
    match number {
        0 => {
            let captured = payments.capture(&by, &payment.id).await.allowed()?;
            ensure!(captured.state == State::Success, "{key}: {captured:?}");
            tell("captured", &key)?;
        }
        1 => {
            let cancelled = payments.cancel(&by, &payment.id).await.allowed()?;
            ensure!(cancelled.state == State::Cancelled, "{key}: {cancelled:?}");
            tell("cancelled", &key)?;
        }
        _ => {}
    }
    Ok(())
}

async fn refund(world: &World, key: String, number: usize) -> Result<()> {
    let payment = create(world, &key, number, false).await?;
    let paid = world.scene.pay(&payment, GOOD_CARD).await;
    tell("paid", &key)?;
    let by = world.scene.by(&paid.citizen);
    let back = format!("{key}-back");
    let payments = &world.apis.payments;
    let refund = payments
        .refund_payment(&by, &back, &paid.id, QEPIK, QEPIK)
        .await
        .allowed()?;
    ensure!(refund.state == RefundState::Success, "{key}: {refund:?}");
    Ok(tell("refunded", &key)?)
}

async fn sign(world: &World, key: String, number: usize, file: &str) -> Result<()> {
    tell("intent", &key)?;
    let (citizen, signatures) = (world.citizen(number), &world.apis.signatures);
    let by = world.scene.by(&citizen);
    let text = &world.scene.service.title;
    let new = NewSigning {
        signers: vec![(Party::Current, None)],
        order: SigningOrder::Any,
        documents: vec![NewDocument {
            label: text.clone(),
            content: AskedContent::File(file.to_owned()),
        }],
        assurance: Asked::Offered(Assurance::Advanced),
        format: Asked::Offered(Format::Jades),
        level: Asked::Offered(Level::BT),
        purpose: SIGN.to_owned(),
        description: text.clone(),
        reference: key.clone(),
        return_path: "/".to_owned(),
        expires: signatures.now().plus_ms(SIGNING_MS),
    };
    let id = signatures.create(&by, &key, new).await.allowed()?.id;
    tell("created", &key)?;
    let begun = signatures.begin(&citizen, &id).await?;
    let Some(Begun::Attempt(attempt)) = begun else {
        bail!("{key}: {begun:?}");
    };
    let chosen = signatures.choose(&citizen, &id, &attempt.code).await?;
    ensure!(chosen == Some(Chosen::Confirmed), "{key}: {chosen:?}");
    tell("confirmed", &key)?;
    let signed = signatures.get(&by, &id).await.allowed()?;
    ensure!(signed.status == Status::Success, "{key}: {signed:?}");
    Ok(tell("signed", &key)?)
}

async fn remind(world: &World, key: String) -> Result<()> {
    world.remind(&key).await.context("no reminder")?;
    Ok(tell("set", &key)?)
}
