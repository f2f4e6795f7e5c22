import { Page } from '@/ui'

export const MailPage = () => <Page title="MailPage">{null}</Page>
