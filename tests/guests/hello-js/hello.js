import { query } from 'aim:gov/open-data@0.1.0';

/** The data set with the public holidays; a date of a year begins with that year. */
const HOLIDAYS = 'az-public-holidays';
const HOLIDAYS_MAX = 100;

/** How often this instance answered. Every request gets a fresh instance, so it must stay 1. */
let answers = 0;

export const handler = {
  handle(request) {
    answers += 1;
    const parameters = new URL(request.pathWithQuery, 'http://service.invalid').searchParams;
    const name = parameters.get('name') ?? 'visitor';
    const year = parameters.get('year') ?? '2026';
    console.log(`asked for ${year}`);
    if (!/^[0-9]{4}$/.test(year)) throw new RangeError(`not a year: ${year}`);
    try {
      return page(200, `Hello ${name}, ${year} has ${holidays(year)} holidays; answer ${answers}`);
    } catch (error) {
      // The tag of `gov-error`, such as `not-found`; anything else is a fault of ours.
      if (error.payload?.tag === undefined) throw error;
      return page(502, `No holidays: ${error.payload.tag}`);
    }
  },
};

function holidays(year) {
  const ofTheYear = [
    { field: 'date', op: 'ge', value: { tag: 'text', val: `${year}-01-01` } },
    { field: 'date', op: 'le', value: { tag: 'text', val: `${year}-12-31` } },
  ];
  return query(HOLIDAYS, ['date'], ofTheYear, [], 0, HOLIDAYS_MAX).total;
}

function page(status, text) {
  return {
    status,
    headers: [['content-type', 'text/plain; charset=utf-8']],
    body: new TextEncoder().encode(`${text}\n`),
  };
}
