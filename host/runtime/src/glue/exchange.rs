//! `aim:gov/exchange`: conversions only; see [`aim_gov::exchange`].

use aim_gov::exchange as gov;
use aim_gov::grant::Capability;

use super::{CallResult, RequestState};
use crate::bindings::aim::gov::exchange as wit;

impl wit::Host for RequestState {
    async fn allowed(&mut self) -> CallResult<Vec<wit::Operation>> {
        let call = self.begin(Capability::Exchange, "allowed")?;
        let result = call.wait_for(self.apis.exchange.allowed(&self.invocation)).await;
        Ok(self.end(call, result)?.into_iter().map(Into::into).collect())
    }

    async fn exists(&mut self, c: wit::Context) -> CallResult<bool> {
        let call = self.begin(Capability::Exchange, "exists")?;
        let result = call
            .wait_for(self.apis.exchange.exists(&self.invocation, &c.into()))
            .await;
        self.end(call, result)
    }

    async fn read(
        &mut self,
        c: wit::Context,
        fields: Vec<String>,
        cursor: Option<String>,
    ) -> CallResult<wit::Answer> {
        let call = self.begin(Capability::Exchange, "read")?;
        let result = call
            .wait_for(
                self.apis
                    .exchange
                    .read(&self.invocation, &c.into(), &fields, cursor.as_deref()),
            )
            .await;
        Ok(self.end(call, result)?.into())
    }
}

impl From<wit::Context> for gov::Context {
    fn from(context: wit::Context) -> Self {
        Self {
            operation: context.operation,
            subject: match context.subject {
                wit::Subject::Current => gov::Subject::Current,
                wit::Subject::Citizen(sub) => gov::Subject::Citizen(sub),
                wit::Subject::Object => gov::Subject::Object,
            },
            parameters: context
                .parameters
                .into_iter()
                .map(|wit::Parameter { name, value }| gov::Parameter { name, value })
                .collect(),
            purpose: context.purpose,
            issue: context.issue,
        }
    }
}

impl From<gov::Answer> for wit::Answer {
    fn from(answer: gov::Answer) -> Self {
        Self {
            evidence: wit::Evidence {
                message_id: answer.evidence.message_id,
                request_id: answer.evidence.request_id,
                request_hash: answer.evidence.request_hash,
                log_id: answer.evidence.log_id,
            },
            content_type: answer.content_type.to_owned(),
            body: answer.body,
            cursor: answer.cursor,
            answered: answer.answered.as_wit(),
        }
    }
}

impl From<(&gov::Operation, Vec<String>)> for wit::Operation {
    fn from((operation, purposes): (&gov::Operation, Vec<String>)) -> Self {
        let address = operation.address();
        Self {
            code: operation.code.clone(),
            service: wit::ServiceId {
                instance: address.instance,
                member_class: address.member_class,
                member_code: address.member_code,
                subsystem: address.subsystem,
                service_code: address.service_code,
            },
            verb: match operation.verb {
                gov::Verb::Check => wit::Verb::Check,
                gov::Verb::Read => wit::Verb::Read,
            },
            about: match operation.about {
                gov::About::Person => wit::About::Person,
                gov::About::Object => wit::About::Object,
                gov::About::Nothing => wit::About::Nothing,
            },
            title: operation.title.clone().into(),
            purposes,
            parameters: operation.parameters.clone(),
            fields: operation.all_fields().map(str::to_owned).collect(),
            content_types: Vec::new(),
            description: None,
        }
    }
}
