// Questions to the server.

// What is refused, by the server or by the rules; its message is a sentence for the user.
export class Refused extends Error {}

// What the server did not answer at all.
export class Unanswered extends Refused {}

// The answer to a question. Whoever wants it no more aborts `signal`; then there is none, and nobody is told why.
export async function ask(path, body, signal) {
  const options = body === undefined ? {} : { method: "POST", body: body instanceof Blob ? body : JSON.stringify(body) };
  const answer = await fetch(path, { ...options, signal }).catch((error) => {
    throw signal?.aborted ? error : new Unanswered("Honte does not answer: is it still running?");
  });
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({ error: `Honte answered ${answer.status}` }));
  throw new Refused(problem.error);
}

export async function askJson(path, body, signal) {
  return (await ask(path, body, signal)).json();
}
