// What this thread's last operation found, for the explanation. Kept in units and divided only when somebody asks: a division costs as much
// as all else that a take does.

let room: i64 = 0;
let roomUnit: i64 = 1;
let wait: i64 = 0;
let waitUnit: i64 = 1;

/** What was there to take, and how much of it is one. */
export function setRoom(units: i64, unit: i64): void {
  room = units;
  roomUnit = unit;
}

/** How long it takes, and how much of it is a millisecond. */
export function setWait(units: i64, unit: i64): void {
  wait = units;
  waitUnit = unit;
}

/** Whole ones that were there, rounded down also below zero: some are owed. */
export function roomBefore(): i64 {
  return room >= 0 ? room / roomUnit : -((roomUnit - 1 - room) / roomUnit);
}

/** Whole ms, rounded up; -1: never. */
export function waitAfter(): i64 {
  return wait < 0 ? -1 : (wait + waitUnit - 1) / waitUnit;
}
