// Ways to give a browser another certificate's fingerprint than the sender's own. Each takes an SDP that names `foreign`
// alone, and the lines of it, and returns the body of an offer. For the unit tests and for real browsers.

/** @param {string} fp */
export const colons = (fp) => fp.match(/../g).join(':');

const offer = (sdp) => ({ type: 'offer', sdp });
const line = (sdp) => /a=fingerprint:sha-256 \S+\r\n/.exec(sdp)[0];
const own = (fp) => `a=fingerprint:sha-256 ${colons(fp)}\r\n`;
// The own one at session level, so that a check that is content with one finds it, and `foreign` where browsers read.
const beside = (sdp, fp, foreign) => offer(sdp.replace('t=0 0\r\n', `t=0 0\r\n${own(fp)}`).replace(line(sdp), foreign));

export const forgeries = {
  'another certificate': (sdp) => offer(sdp),
  'an array': (sdp) => ({ type: 'offer', sdp: [sdp] }),
  'an array, in which the type is one': (sdp) => ({ type: ['offer'], sdp: [sdp] }),
  'a text alone': (sdp) => sdp,
  'nested': (sdp) => ({ type: 'offer', sdp: { type: 'offer', sdp } }),
  'another type': (sdp) => ({ type: 'pranswer', sdp }),
  'no type': (sdp) => ({ sdp }),
  'beside the own one': (sdp, fp) => beside(sdp, fp, line(sdp)),
  'a space for the colon': (sdp, fp) => beside(sdp, fp, line(sdp).replace('fingerprint:', 'fingerprint ')),
  'a colon too many': (sdp, fp) => beside(sdp, fp, line(sdp).replace('fingerprint:', ':fingerprint:')),
  'upper case': (sdp, fp) => beside(sdp, fp, line(sdp).toUpperCase()),
  'spaces everywhere': (sdp, fp) => beside(sdp, fp, line(sdp).replace('a=', ' a = ').replace(':sha', ' : sha')),
  'another hash': (sdp, fp) => beside(sdp, fp, line(sdp).replace('sha-256', 'sha-512')),
  'a vertical tab': (sdp, fp) => beside(sdp, fp, `a=x:1\v${line(sdp)}`),
  'a line separator': (sdp, fp) => beside(sdp, fp, `a=x:1\u2028${line(sdp)}`),
  'a carriage return': (sdp, fp) => beside(sdp, fp, own(fp).replace('\n', line(sdp))),
  'the own value as a prefix': (sdp, fp) => beside(sdp, fp, own(fp).replace('\r\n', ` ${line(sdp).slice(22)}`)),
  'a NUL within the word': (sdp, fp) => beside(sdp, fp, line(sdp).replace('finger', 'finger\0')),
  'none': (sdp) => offer(sdp.replace(line(sdp), '')),
};
