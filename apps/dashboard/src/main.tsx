// Starts the page.
import { render } from 'preact';
import { config } from 'zod';
import { openSession } from './api/session.ts';
import { App } from './pages/app.tsx';
import { isInvitation, JoinPage } from './pages/join-page.tsx';
import './style/tokens.css';
import './style/base.css';
import './style/layout.css';
import './style/forms.css';
import './style/charts.css';

config({ jitless: true }); // the page's policy lets nobody make functions out of text
const page = document.getElementById('app')!;
if (isInvitation(location)) render(<JoinPage address={location.href} />, page);
else {
  render(<App />, page);
  void openSession();
}
