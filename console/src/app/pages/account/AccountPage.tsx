import { Page } from '@/ui'

export const AccountPage = () => <Page title="AccountPage">{null}</Page>
