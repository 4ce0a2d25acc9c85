// Loaded before the program (node --import): the wall clock of the process is wrong by WRONG_BY_SECONDS. What the
// process reads by performance.now() or from the database is not touched, as on a machine whose clock was set wrongly.
const wrongBy = Number(process.env.WRONG_BY_SECONDS) * 1000;
const RealDate = Date;

globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + wrongBy);
    else super(...given);
  }

  static now() {
    return RealDate.now() + wrongBy;
  }
};
