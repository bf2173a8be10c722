// The form for the admin token, shown when the API asks for one.
import { ApiProblem, ask, forgetToken, messageOf, setToken } from './ask.js';
import { byId } from './dom.js';

/** @param onEntered the token is right */
export function startLogin(onEntered: () => void): void {
  const [form, field] = [byId<HTMLFormElement>('login-form'), byId<HTMLInputElement>('token')];
  form.addEventListener('submit', async event => {
    event.preventDefault();
    setToken(field.value);
    try {
      await ask('/api/summary');
    } catch (error) {
      const wrong = error instanceof ApiProblem && error.status === 401;
      if (wrong) forgetToken();
      byId('login-problem').textContent = wrong
        ? 'This is not the token.'
        : `Weir did not answer: ${messageOf(error)}`;
      field.select();
      return;
    }
    field.value = '';
    byId('login-problem').textContent = '';
    showLogin(false);
    onEntered();
  });
}

export function showLogin(wanted: boolean): void {
  const login = byId('login');
  if (login.hidden !== wanted) return;
  login.hidden = !wanted;
  byId('content').hidden = wanted;
  if (wanted) byId('token').focus();
}
